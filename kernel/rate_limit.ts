// Counters that slow down guessing and floods, over rate-limiter-flexible: in memory, or in Redis when REDIS_URL is set,
// so that several instances count together. When Redis does not answer, each instance counts for itself meanwhile.
// The number of keys is bounded by what arrives within one window; entries expire by themselves.
import type { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { AppError } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { KindLimits, RateKind } from "./rate_kinds.ts";

export interface Limiter {
  /** Counts one. @throws AppError `rate_limited` (with Retry-After and RateLimit-* headers) when it was one too many. */
  consume(key: string, detail: string): Promise<LimitState>;
  /** Looks without counting. @throws AppError `rate_limited` when nothing is left. */
  check(key: string, detail: string): Promise<void>;
  /** Forgets the key. */
  reset(key: string): Promise<void>;
}

export interface LimitState {
  limit: number;
  remaining: number;
  resetSeconds: number;
}

export interface RateLimits {
  /** @param shared counts in Redis where there is one; otherwise per instance, which costs no round trip. */
  limiter(options: { name: string; points: number; windowSeconds: number; shared: boolean }): Limiter;
  /** The limit on a kind of calls, counted together by all instances; undefined: there is none. */
  kind(kind: RateKind): Limiter | undefined;
  close(): void;
}

/** The Redis client is loaded only when it is wanted. */
export async function createRateLimits(
  options: { redisUrl?: string; log: Logger; perMinute?: KindLimits },
): Promise<RateLimits> {
  const redis = options.redisUrl ? await connect(options.redisUrl, options.log) : undefined;
  const kinds = new Map<RateKind, Limiter>();
  const limits: RateLimits = {
    kind(kind) {
      const points = options.perMinute?.[kind] ?? 0;
      if (points === 0) return undefined;
      let limiter = kinds.get(kind);
      if (!limiter) {
        limiter = limits.limiter({ name: `kind-${kind}`, points, windowSeconds: 60, shared: true });
        kinds.set(kind, limiter);
      }
      return limiter;
    },
    limiter({ name, points, windowSeconds, shared }) {
      const base = { keyPrefix: `pulpo:limit:${name}`, points, duration: windowSeconds };
      const memory = new RateLimiterMemory(base);
      const limiter = shared && redis
        ? new RateLimiterRedis({ ...base, storeClient: redis, insuranceLimiter: memory })
        : memory;
      const state = (res: RateLimiterRes): LimitState => ({
        limit: points,
        remaining: Math.max(0, res.remainingPoints),
        resetSeconds: Math.max(1, Math.ceil(res.msBeforeNext / 1000)),
      });
      return {
        async consume(key, detail) {
          try {
            return state(await limiter.consume(key));
          } catch (error) {
            if (error instanceof RateLimiterRes) throw limited(detail, state(error));
            throw error;
          }
        },
        async check(key, detail) {
          const res = await limiter.get(key);
          if (res && res.consumedPoints >= points) throw limited(detail, state(res));
        },
        async reset(key) {
          await limiter.delete(key);
        },
      };
    },
    close() {
      redis?.disconnect();
    },
  };
  return limits;
}

async function connect(url: string, log: Logger): Promise<Redis> {
  const { Redis } = await import("ioredis");
  const redis = new Redis(url, {
    commandTimeout: 500,
    connectTimeout: 2000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (times: number) => Math.min(5000, 100 * 2 ** Math.min(times, 6)) * (0.5 + Math.random() / 2),
  });
  let told = 0;
  redis.on("error", (error: Error) => {
    if (Date.now() - told < 60_000) return;
    told = Date.now();
    log.warn("rate limits count per instance: Redis does not answer", { reason: error.message });
  });
  return redis;
}

export function limitHeaders(state: LimitState): Record<string, string> {
  return {
    "RateLimit-Limit": String(state.limit),
    "RateLimit-Remaining": String(state.remaining),
    "RateLimit-Reset": String(state.resetSeconds),
  };
}

function limited(detail: string, state: LimitState): AppError {
  return new AppError("rate_limited", detail, { retryAfterSeconds: state.resetSeconds, headers: limitHeaders(state) });
}

/** What counts as one caller: an IPv4 address, or the /64 network that one IPv6 customer has. */
export function addressKey(ip: string | null): string {
  if (!ip) return "local";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped) return mapped[1]!;
  if (!ip.includes(":")) return ip;
  const [head = "", tail = ""] = ip.split("%")[0]!.toLowerCase().split("::");
  const left = head.split(":").filter(Boolean), right = tail.split(":").filter(Boolean);
  const zeros = ip.includes("::") ? Array(Math.max(0, 8 - left.length - right.length)).fill("0") : [];
  return [...left, ...zeros, ...right].slice(0, 4).map((part) => part.replace(/^0+(?=.)/, "")).join(":") + "::/64";
}
