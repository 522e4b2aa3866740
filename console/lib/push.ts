// Web Push in this browser: the service worker, its subscription, and telling the server of both. Nothing is registered
// before the person asks for it.
import { outer } from "./base.ts";
import type { PushSubscriptionItem } from "../../protocol/notifications/push.ts";
import { get, post, remove } from "./api.ts";
import { effect } from "@preact/signals";
import { navigate } from "./router.ts";
import { user } from "./session.ts";
import { readStored, writeStored } from "./storage.ts";

export type PushState = "unsupported" | "blocked" | "off" | "on";

const supported = (): boolean =>
  globalThis.isSecureContext && "serviceWorker" in navigator && "PushManager" in globalThis &&
  "Notification" in globalThis;

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(outer("/"));
  return await registration?.pushManager.getSubscription() ?? null;
}

export async function pushState(): Promise<PushState> {
  if (!supported()) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  return await subscription() ? "on" : "off";
}

const keyBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")),
    (character) => character.charCodeAt(0),
  );

/** Asks the person, subscribes and tells the server. @throws ApiError, DOMException when the browser does not let it */
export async function enablePush(): Promise<PushState> {
  if (!supported()) return "unsupported";
  if (Notification.permission !== "granted" && await Notification.requestPermission() !== "granted") {
    return Notification.permission === "denied" ? "blocked" : "off";
  }
  await navigator.serviceWorker.register(outer("/sw.js"), { scope: outer("/") });
  const registration = await navigator.serviceWorker.ready;
  const { public_key } = await get<{ public_key: string }>("/push/key");
  // One that was made with another key cannot be used any more.
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const made = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: keyBytes(public_key),
  });
  try {
    await post("/push/subscriptions", made.toJSON());
  } catch (error) {
    await made.unsubscribe();
    throw error;
  }
  // Whoever else signs in with this browser has not asked for it.
  writeStored("push_user", user.value?.id ?? null);
  return "on";
}

/** Ends the subscription of this browser, here and on the server. */
export async function disablePush(): Promise<void> {
  writeStored("push_user", null);
  const current = await subscription();
  if (!current) return;
  await current.unsubscribe();
  await remove(`/push/subscriptions?endpoint=${encodeURIComponent(current.endpoint)}`).catch(() => {});
}

/** The server forgets a browser when its session ends: whoever signs in again tells it anew. Quiet about failures. */
async function refreshPush(): Promise<void> {
  if (!supported() || Notification.permission !== "granted" || readStored("push_user") !== user.value?.id) return;
  try {
    const current = await subscription();
    if (current) await post("/push/subscriptions", current.toJSON());
  } catch { /* the next visit tries again */ }
}

/** Goes where a click on a notification leads, and tells the server of this browser after each sign-in. */
export function followWorker(): void {
  if (!("serviceWorker" in navigator)) return;
  let last: string | undefined;
  effect(() => {
    const id = user.value?.id;
    if (id && id !== last) void refreshPush();
    last = id;
  });
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.type === "navigate" && /^\/(chat|inbox)(\/|$)/.test(String(data.href))) navigate(String(data.href));
    else if (data?.type === "push_changed") void refreshPush();
  });
}

export const devices = (signal?: AbortSignal): Promise<PushSubscriptionItem[]> =>
  get<{ items: PushSubscriptionItem[] }>("/push/subscriptions", {}, signal).then((answer) => answer.items);
