// The service worker of the teachers' pages: what was read last is there without a network, and says so.
// Nothing is ever queued: what changes something goes to the server or fails.
"use strict";
const VERSION = "{version}";
const FILES = "files " + VERSION;
const PAGES = "pages";
const MOST_PAGES = 30;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== FILES && name !== PAGES) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname.startsWith("/app/")) event.respondWith(page(event, request, url));
  else if (request.method === "GET" && url.pathname.startsWith("/static/")) event.respondWith(file(event, request));
});

async function file(event, request) {
  const cache = await caches.open(FILES);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) event.waitUntil(cache.put(request, answer.clone()));
  return answer;
}

async function page(event, request, url) {
  // Who signs in or out is another reader: the pages of the one before are nobody's any more.
  if (/^\/app\/(sign-in|sign-out)/.test(url.pathname)) await caches.delete(PAGES);
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    const kept = request.method === "GET" && await (await caches.open(PAGES)).match(request.url);
    return kept ? offline(kept) : nothing(request.method);
  }
  if (request.method === "GET" && answer.ok && !answer.redirected && !url.pathname.startsWith("/app/sign-")
      && (answer.headers.get("Content-Type") || "").startsWith("text/html")) {
    event.waitUntil(keep(request.url, answer.clone()));
  } else if (answer.redirected && new URL(answer.url).pathname.startsWith("/app/sign-in")) {
    event.waitUntil(caches.delete(PAGES));
  }
  return answer;
}

async function keep(url, answer) {
  const cache = await caches.open(PAGES);
  await cache.delete(url);
  await cache.put(url, answer);
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - MOST_PAGES))) await cache.delete(old);
}

async function offline(kept) {
  const when = new Date(kept.headers.get("Date")).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
  const said = `<div class="alert alert-warning" role="alert"><i class="bi bi-wifi-off" aria-hidden="true"></i><p>现在没有网络。这是 ${when} 的内容，不能提交。</p></div>`;
  const text = (await kept.text()).replace(/(<main\b[^>]*>)/, `$1${said}`).replace(/(<button\b[^>]*type="submit")/g, "$1 disabled");
  return new Response(text, { status: 200, headers: kept.headers });
}

function nothing(method) {
  const said = method === "GET" ? "这一页还没有看过，要有网络才能打开。" : "没有提交成功，请在有网络时再试一次。";
  return new Response(`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>没有网络</title><link rel="icon" href="data:,"><body style="font:1rem/1.6 sans-serif;max-width:26rem;margin:20vh auto;padding:0 1.5rem;text-align:center"><h1>没有网络</h1><p>${said}</p><p><a href="/app/">回到今天</a></p></body></html>`,
    { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
