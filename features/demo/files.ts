// Files that people of the demo send to each other: real ones of several kinds, made here.
import { view } from "./paint.ts";
import type { Random } from "./random.ts";

export interface DemoFile {
  filename: string;
  mime_type: string;
  bytes: Uint8Array;
}

const text = (lines: readonly string[]) => new TextEncoder().encode(lines.join("\n") + "\n");

/** @param pictures how many views; three of each other kind come with them */
export async function makeFiles(random: Random, pictures: number): Promise<DemoFile[]> {
  const files: DemoFile[] = [];
  const names = [
    "colca_amanecer",
    "paracas",
    "laguna",
    "titicaca_tarde",
    "ruta_norte",
    "vista_hotel",
    "IMG_2041",
    "IMG_2077",
  ];
  for (let i = 0; i < pictures; i++) {
    files.push({ filename: `${names[i % names.length]}.png`, mime_type: "image/png", bytes: await view(random) });
  }
  for (let i = 1; i <= 3; i++) {
    const rows = Array.from({ length: 40 }, (_, n) => `R-${1000 + n},${random.int(1, 8)},${random.int(90, 900)}.00`);
    files.push({
      filename: `reservas_semana_${40 + i}.csv`,
      mime_type: "text/csv",
      bytes: text(["codigo,personas,precio", ...rows]),
    });
    files.push({
      filename: `itinerary_${i}.pdf`,
      mime_type: "application/pdf",
      bytes: pdf(`Itinerary ${i} - Costa Azul Travel`),
    });
    files.push({
      filename: `notes_${i}.md`,
      mime_type: "text/markdown",
      bytes: text(["# Notes", "", "- what went well", "- what did not", `- ${random.int(2, 9)} ideas for next time`]),
    });
  }
  return files;
}

/** One page with a line on it. */
function pdf(line: string): Uint8Array {
  const stream = `BT /F1 20 Tf 60 760 Td (${line}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let out = "%PDF-1.4\n";
  const offsets = objects.map((body, i) => {
    const at = out.length;
    out += `${i + 1} 0 obj\n${body}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const end = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${out.length}\n%%EOF\n`;
  return new TextEncoder().encode(`${out}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}${end}`);
}
