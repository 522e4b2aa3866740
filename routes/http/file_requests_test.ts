import assert from "node:assert/strict";
import { fileRequests } from "./file_requests.ts";

Deno.test("only these methods at these addresses carry files", () => {
  const isFile = fileRequests("/api/v1", ["POST /media/upload", "PUT /media/uploads/{id}"]);
  const id = "019a0000-0000-7000-8000-00000000000a";
  assert.ok(isFile("POST", "/api/v1/media/upload"));
  assert.ok(isFile("PUT", `/api/v1/media/uploads/${id}`));
  assert.ok(isFile("PUT", `/api/v1/media/uploads/${id.toUpperCase()}`));
  for (
    const [method, path] of [
      ["PUT", "/api/v1/media/upload"],
      ["POST", `/api/v1/media/uploads/${id}`],
      ["POST", "/media/upload"],
      ["POST", "/api/v1/media/upload/more"],
      ["POST", "/x/api/v1/media/upload"],
      ["PUT", "/api/v1/media/uploads/nonsense"],
    ] as const
  ) assert.ok(!isFile(method, path), `${method} ${path}`);
});
