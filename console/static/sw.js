// Web Push of the console: shows a notification and leads to the message that it tells of. It keeps no page and no file, and
// answers no request: the console works the same without it.
"use strict";

/** The path that the server stands under, in front of the console's own. */
const outer = (path) => new URL(self.registration.scope).pathname.replace(/\/$/, "") + path;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  event.waitUntil(show(event.data));
});

async function show(data) {
  let push;
  try {
    push = data.json();
  } catch {
    push = {};
  }
  // Every push must show something, or the browser shows a text of its own.
  await self.registration.showNotification(String(push.title || "Pulpo"), {
    body: String(push.body || ""),
    icon: outer("/favicon.svg"),
    badge: outer("/favicon.svg"),
    // The same message again replaces what is shown.
    tag: String(push.message_id || push.id || "pulpo"),
    data: { href: hrefOf(push) },
  });
}

const isId = (value) => typeof value === "string" && /^[0-9a-f-]{36}$/i.test(value);

function hrefOf({ channel_id: channel, message_id: message }) {
  if (!isId(channel)) return "/inbox";
  return isId(message) ? `/chat/${channel}/${message}` : `/chat/${channel}`;
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.href ?? "/"));
});

async function open(href) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const here = windows.find((client) => client.focused) ?? windows[0];
  if (!here) return void await self.clients.openWindow(outer(href));
  // The console goes there itself, without loading anew.
  here.postMessage({ type: "navigate", href });
  await here.focus().catch(() => self.clients.openWindow(outer(href))).catch(() => {});
}

// The browser has changed the subscription: the console puts it right when it is opened.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((windows) =>
      windows.forEach((client) => client.postMessage({ type: "push_changed" }))
    ),
  );
});
