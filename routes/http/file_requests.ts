// Which requests carry files: the only ones whose bodies are neither bounded by PULPO_BODY_LIMIT_BYTES nor by time, since
// they stream to disk under limits of their own (features/media). Their endpoints must call `drainRest` when they refuse.

export type IsFileRequest = (method: string, path: string) => boolean;

/**
 * @param base path before all of them
 * @param requests method and path, `PUT /media/uploads/{id}`; a name in braces stands for a UUID
 */
export function fileRequests(base: string, requests: readonly string[]): IsFileRequest {
  const patterns = requests.map((request) => {
    const [method = "", path = ""] = request.split(" ");
    return { method, path: new RegExp(`^${base}${path.replace(/\{\w+\}/g, "[0-9a-f-]{36}")}$`, "i") };
  });
  const methods = new Set(patterns.map(({ method }) => method));
  return (method, path) =>
    methods.has(method) && patterns.some((known) => known.method === method && known.path.test(path));
}
