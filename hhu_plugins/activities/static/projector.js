// Shows the code of this moment, never a future one, and says so when it can no longer be had.
"use strict";
(function () {
  const page = document.getElementById("projector");
  const find = (id) => document.getElementById(id);
  const frame = find("code"), cover = find("cover"), notice = find("notice");
  const POLL = 3000, PATIENCE = 4000, FADE = 220;
  const NOTICES = { before: "尚未开始，现在扫码不能打卡。", now: "", over: "打卡时间已过。" };

  const now = () => performance.now();
  let interval = Number(page.dataset.interval) * 1000;
  let grace = Number(page.dataset.grace) * 1000;
  let endsAt = now() + Number(page.dataset.expiresIn) * 1000;
  let key = null, failures = 0, timer = null, isAsking = false, state = page.dataset.state;

  function schedule(delay) {
    clearTimeout(timer);
    timer = setTimeout(ask, delay);
  }

  // The new code lies above the old one before it is seen, so that nothing flickers.
  function show(svg) {
    const next = document.createElement("div");
    next.className = "show-layer is-coming";
    next.innerHTML = svg;
    const old = [...frame.querySelectorAll(".show-layer")];
    frame.insertBefore(next, cover);
    requestAnimationFrame(() => requestAnimationFrame(() => next.classList.remove("is-coming")));
    setTimeout(() => { for (const layer of old) layer.remove(); }, FADE);
  }

  function update(code) {
    if (code.key !== key) {
      if (key !== null || code.key) show(code.svg);
      key = code.key;
    }
    interval = code.interval * 1000;
    grace = code.grace * 1000;
    endsAt = now() + code.expires_in * 1000;
    state = code.state;
    find("present").textContent = code.present;
    find("enrolled").textContent = code.enrolled;
    failures = 0;
    cover.hidden = true;
    say(NOTICES[state] || "", false);
  }

  function say(sentence, isLost) {
    if (notice.textContent !== sentence) notice.textContent = sentence;
    notice.classList.toggle("is-lost", isLost);
  }

  async function ask() {
    if (isAsking) return;
    isAsking = true;
    let delay = POLL;
    try {
      const patience = AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined;
      const answer = await fetch(page.dataset.url, { cache: "no-store", redirect: "manual", signal: patience });
      if (answer.type === "opaqueredirect") return stop("登录已失效，请重新登录。");
      if (answer.status === 404) return stop("这一打卡项已不存在，或不再由您展示。");
      if (!answer.ok) throw new Error(answer.status);
      update(await answer.json());
      // When the code changes, at once; until then only the number of people is asked for.
      delay = Math.min(POLL, Math.max(endsAt - now(), 0) + 30);
    } catch {
      failures += 1;
      say("连接已断开，正在重试……", true);
      delay = 1500;
    } finally {
      isAsking = false;
    }
    schedule(delay);
  }

  function stop(sentence) {
    clearTimeout(timer);
    isAsking = true;
    key = "";
    cover.textContent = sentence;
    cover.hidden = false;
    say(sentence, true);
  }

  function tick() {
    const left = endsAt - now();
    find("seconds").textContent = Math.max(0, Math.ceil(left / 1000));
    find("bar").style.transform = `scaleX(${Math.min(1, Math.max(0, left / interval))})`;
    // What nobody can clock in with any more is not shown as if they could.
    if (failures && left < -grace && cover.hidden) {
      cover.textContent = "连接已断开，二维码已失效。恢复后会自动更新，请检查网络。";
      cover.hidden = false;
    }
    requestAnimationFrame(tick);
  }

  // The screen stays on as long as the page is seen.
  let lock = null;
  async function stayAwake() {
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    try { lock = lock && !lock.released ? lock : await navigator.wakeLock.request("screen"); } catch { /* a low battery refuses it */ }
  }
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    stayAwake();
    if (!isAsking) schedule(0);
  });
  window.addEventListener("offline", () => { failures += 1; say("连接已断开，正在重试……", true); });
  window.addEventListener("online", () => schedule(0));

  const full = find("full");
  if (document.documentElement.requestFullscreen) {
    full.hidden = false;
    full.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen();
    });
  }
  stayAwake();
  tick();
  schedule(0);
})();
