import assert from "node:assert/strict";
import { AppError } from "./errors.ts";
import { silentLogger } from "./log.ts";
import { addressKey, createRateLimits } from "./rate_limit.ts";

Deno.test("addressKey: one IPv4 address, one IPv6 /64", () => {
  assert.equal(addressKey("192.0.2.7"), "192.0.2.7");
  assert.equal(addressKey("::ffff:192.0.2.7"), "192.0.2.7");
  assert.equal(addressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(addressKey("2001:DB8:1:2::9"), "2001:db8:1:2::/64");
  assert.equal(addressKey("2001:0db8:0001:0002::"), "2001:db8:1:2::/64");
  assert.equal(addressKey("::1"), "0:0:0:0::/64");
  assert.equal(addressKey(null), "local");
});

Deno.test("a limiter lets its points through, then says when to come back", async () => {
  const limits = await createRateLimits({ log: silentLogger });
  const limiter = limits.limiter({ name: "t", points: 2, windowSeconds: 60, shared: true });
  await limiter.check("a", "slow down");
  assert.equal((await limiter.consume("a", "slow down")).remaining, 1);
  await limiter.consume("a", "slow down");
  const refused = (e: unknown) =>
    e instanceof AppError && e.code === "rate_limited" && e.retryAfterSeconds! > 0 &&
    e.headers!["RateLimit-Limit"] === "2" && e.headers!["RateLimit-Remaining"] === "0";
  await assert.rejects(limiter.check("a", "slow down"), refused);
  await assert.rejects(limiter.consume("a", "slow down"), refused);
  await limiter.consume("b", "slow down");
  await limiter.reset("a");
  await limiter.check("a", "slow down");
  limits.close();
});
