// A QR code as one path of an SVG, dark on white in both themes: cameras want it so.
import { useEffect, useState } from "preact/hooks";

/** Empty modules around it, which readers need (ISO 18004). */
const QUIET = 4;

export function QrCode({ text, label }: { text: string; label: string }) {
  const [encode, setEncode] = useState<typeof import("uqr").encode | null>(null);
  useEffect(() => {
    // Where it cannot be loaded, what it says stands beside it as text.
    import("uqr").then((uqr) => setEncode(() => uqr.encode), () => {});
  }, []);
  if (!encode) return <div class="qr" aria-busy="true" />;
  const { size, data } = encode(text, { ecc: "M", border: 0 });
  const path = data.flatMap((row, y) => row.map((dark, x) => dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")).join(
    "",
  );
  const whole = size + 2 * QUIET;
  return (
    <svg class="qr" viewBox={`0 0 ${whole} ${whole}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={whole} height={whole} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
