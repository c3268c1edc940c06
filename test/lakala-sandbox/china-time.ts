const CHINA_OFFSET_MS = 8 * 3_600_000;

/** `yyyyMMddHHmmss` in China time, the only form Lakala's messages use. */
export function chinaTime(atMs: number): string {
  const iso = new Date(atMs + CHINA_OFFSET_MS).toISOString();
  return iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10) + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19);
}

/** Milliseconds of a `yyyyMMddHHmmss` in China time, or null for anything that is not a real moment. */
export function parseChinaTime(text: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const atMs = Date.UTC(year, month - 1, day, hour, minute, second) - CHINA_OFFSET_MS;
  // The round trip refuses the 31st of February, which Date.UTC would roll over.
  return chinaTime(atMs) === text ? atMs : null;
}
