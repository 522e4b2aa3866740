// A long story as a table of scenes that depend on nothing but their world.

/**
 * Registers a test per scene, each with a world of its own, so that `--filter` runs any of them alone.
 * @param world what all scenes begin with
 */
export function scenes<W extends AsyncDisposable>(
  title: string,
  world: () => Promise<W>,
  list: Record<string, (world: W) => Promise<void>>,
): void {
  for (const [scene, play] of Object.entries(list)) {
    Deno.test(`${title}: ${scene}`, async () => {
      await using begun = await world();
      await play(begun);
    });
  }
}
