// Reads the code on the big screen with this device's camera, and sends it as the page's form.
"use strict";
(function () {
  const frame = document.getElementById("camera");
  const video = frame.querySelector("video"), status = frame.querySelector("[role=status]");
  const button = frame.querySelector("button"), form = document.getElementById("scanned");
  const PAUSE = 150;
  const say = (sentence) => { status.textContent = sentence; };
  let stream = null, isOver = false;

  // Chrome on Android and macOS knows codes by itself; for the others a reader of our own is fetched.
  async function makeDetector() {
    if ("BarcodeDetector" in window) {
      const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
      if (formats.includes("qr_code")) return new BarcodeDetector({ formats: ["qr_code"] });
    }
    await new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: frame.dataset.polyfill });
      script.addEventListener("load", resolve);
      script.addEventListener("error", reject);
      document.head.append(script);
    });
    const { BarcodeDetector: Reader, prepareZXingModule } = window.BarcodeDetectionAPI;
    await prepareZXingModule({ overrides: { locateFile: () => frame.dataset.wasm }, fireImmediately: true });
    return new Reader({ formats: ["qr_code"] });
  }

  async function start() {
    button.hidden = true;
    say("正在打开摄像头……");
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
    } catch (error) {
      button.hidden = false;
      say(error.name === "NotAllowedError"
        ? "没有得到使用摄像头的许可。请在浏览器里允许以后再试，或者用手机自带的“扫一扫”。"
        : "打不开摄像头。请用手机自带的“扫一扫”扫描大屏幕上的二维码。");
      return;
    }
    video.srcObject = stream;
    video.hidden = false;
    try {
      const [detector] = await Promise.all([makeDetector(), video.play()]);
      say("请对准大屏幕上的二维码。");
      look(detector);
    } catch {
      stop();
      say("这个浏览器不能扫码。请用手机自带的“扫一扫”扫描大屏幕上的二维码。");
    }
  }

  async function look(detector) {
    while (!isOver) {
      if (document.visibilityState === "visible" && video.readyState >= 2) {
        const found = await detector.detect(video).catch(() => []);
        if (found.length && !isOver) return send(found[0].rawValue);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  function send(text) {
    stop();
    say("扫到了，正在打卡……");
    form.elements.key.value = text;
    form.requestSubmit ? form.requestSubmit() : form.submit();
  }

  function stop() {
    isOver = true;
    video.hidden = true;
    for (const track of stream ? stream.getTracks() : []) track.stop();
  }

  button.addEventListener("click", () => { isOver = false; start(); });
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { button.hidden = false; say(""); } });
  if (!navigator.mediaDevices) say("这个浏览器不能在网页里用摄像头。请用手机自带的“扫一扫”扫描大屏幕上的二维码。");
  // What was refused is read first; then one tap goes on.
  else if (document.querySelector("[data-focus]")) button.hidden = false;
  else start();
})();
