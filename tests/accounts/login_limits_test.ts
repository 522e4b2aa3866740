// Sign-in limits that instances share through Redis, and what happens when Redis goes away.
import assert from "node:assert/strict";
import { AppError } from "../../kernel/errors.ts";
import { createLogger } from "../../kernel/log.ts";
import { createRateLimits } from "../../kernel/rate_limit.ts";
import { available, startRedis } from "../../tools/services.ts";
import { until } from "../support/wait.ts";

const refused = (error: unknown) => error instanceof AppError && error.code === "rate_limited";

Deno.test({
  name: "limits: instances count together in Redis, each for itself while Redis is away",
  ignore: !available().redis,
  async fn() {
    const redis = await startRedis();
    const logs: string[] = [];
    const log = createLogger({ format: "json", level: "info", write: (line) => logs.push(line) });
    const instances = await Promise.all([1, 2].map(() => createRateLimits({ redisUrl: redis.url, log })));
    const options = { name: "shared", points: 4, windowSeconds: 600, shared: true };
    const [one, two] = instances.map((i) => i.limiter(options));
    try {
      // Connected when what one counts is seen by the other.
      let probes = 0;
      await until(async () => {
        const key = `probe${probes++}`;
        for (let i = 0; i < 4; i++) await one!.consume(key, "x");
        return await two!.check(key, "x").then(() => false, refused);
      });
      for (let i = 0; i < 4; i++) await (i % 2 ? one! : two!).consume("account", "slow down");
      await assert.rejects(one!.consume("account", "slow down"), refused);
      await assert.rejects(two!.check("account", "slow down"), refused);

      await redis.kill();
      await until(() => logs.some((line) => line.includes("Redis does not answer")));
      for (let i = 0; i < 4; i++) await one!.consume("later", "slow down");
      await assert.rejects(one!.check("later", "slow down"), refused);
      await two!.check("later", "slow down");
    } finally {
      for (const instance of instances) instance.close();
      await redis.close();
    }
  },
});
