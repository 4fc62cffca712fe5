/* 现场检查的离线页面：keeps this page, its files and nothing else. VERSION and FILES stand above this line. */
"use strict";
const CACHE = "mingqian-field-" + VERSION;
const SHELL = "/desk/field/";

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(FILES.map((name) => new Request(name, { cache: "reload" })));
    // The page asks for a sign-in; without one the old copy stays until there is one.
    const fresh = await fetch(SHELL, { credentials: "same-origin" });
    if (isOurs(fresh)) await cache.put(SHELL, fresh);
    self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    for (const name of await caches.keys()) {
      if (!name.startsWith("mingqian-field-") || name === CACHE) continue;
      const old = await (await caches.open(name)).match(SHELL);
      // Not signed in when it was updated: the old page goes on with the scripts that it names.
      if (old && !(await cache.match(SHELL))) continue;
      await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

// A captive portal answers 200 with a page of its own: only what carries our mark is ours.
function isOurs(answer) {
  return answer.ok && !answer.redirected && answer.headers.get("X-Mingqian") === "field";
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname === SHELL) event.respondWith(page(event.request));
  else if (FILES.includes(url.pathname) || /\/field[-.\w]*\.(js|css)$/.test(url.pathname)) event.respondWith(kept(event.request, url.pathname));
});

async function page(request) {
  const cache = await caches.open(CACHE);
  const old = (await cache.match(SHELL)) || (await caches.match(SHELL));
  try {
    const answer = await Promise.race([
      fetch(request),
      new Promise((_, fail) => { if (old) setTimeout(() => fail(new Error("slow")), 4000); }),
    ]);
    if (isOurs(answer)) {
      // A page of the next version is kept by the next worker, with its scripts.
      if (await names(answer.clone())) await cache.put(SHELL, answer.clone());
      return answer;
    }
    return old || answer;
  } catch (error) {
    if (old) return old;
    throw error;
  }
}

async function names(answer) {
  const asked = Array.from((await answer.text()).matchAll(/<script src="([^"]+)"/g), (each) => each[1]);
  return asked.every((each) => FILES.includes(each));
}

async function kept(request, path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) || (await caches.match(request)) || fetch(request);
}
