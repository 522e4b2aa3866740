// All icons, drawn for this product on a 24-unit grid as lines of one width. They stand once in the page as symbols
// (`Sprite`); an `Icon` refers to one, so that thousands of them cost little.

const PATHS = {
  activity: "M3 12h4l3-8 4 16 3-8h4",
  alert: "M12 4 2.800 19.500h18.400zM12 10v4.500M12 17.200v.1",
  bell: "M6 9.500a6 6 0 0 1 12 0c0 4.800 2 6.500 2 6.500H4s2-1.700 2-6.500zM10 19.500a2.200 2.200 0 0 0 4 0",
  briefcase: "M4 8.500h16V19H4zM9 8.500V6.500a2 2 0 0 1 2-2h2a2 2 0 0 1 2 2v2M4 13h16",
  calendar: "M4 6.500h16V20H4zM4 11h16M8 3.500v5M16 3.500v5",
  "calendar-check": "M4 6.500h16V20H4zM4 11h16M8 3.500v5M16 3.500v5M9.500 15.300l1.800 1.800 3.400-3.400",
  "calendar-plus": "M4 6.500h16V20H4zM4 11h16M8 3.500v5M16 3.500v5M12 13.200v4.600M9.700 15.500h4.600",
  "calendar-x": "M4 6.500h16V20H4zM4 11h16M8 3.500v5M16 3.500v5M10.200 13.700l3.600 3.600M13.800 13.700l-3.600 3.600",
  check: "M5 12.500l4.500 4.500L19 7.500",
  "chevron-down": "M6 9.500l6 6 6-6",
  "chevron-right": "M9.500 6l6 6-6 6",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7.500V12l3 2",
  close: "M6 6l12 12M18 6 6 18",
  compass: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM15.800 8.200l-2.200 5.400-5.400 2.200 2.200-5.400z",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  cpu: "M7 7h10v10H7zM10 3.500V7M14 3.500V7M10 17v3.500M14 17v3.500M3.500 10H7M3.500 14H7M17 10h3.500M17 14h3.500",
  dashboard: "M4 4h7v8H4zM13.500 4H20v4.500h-6.500zM13.500 11H20v9h-6.500zM4 14.500h7V20H4z",
  doc: "M6 3.500h8l4.500 4.500v12.500H6zM14 3.500V8h4.500M9 12.500h6M9 16h6",
  download: "M12 4v11M7.500 10.500 12 15l4.500-4.500M4.500 19.500h15",
  edit: "M4 20h4L19.500 8.500l-4-4L4 16zM13 7l4 4",
  external: "M13 4h7v7M20 4l-9 9M17 13.500V20H4V7h6.500",
  eye:
    "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600z",
  "eye-off":
    "M4 4l16 16M9.500 5.900A9 9 0 0 1 12 5.500c6 0 9.500 6.500 9.500 6.500a16 16 0 0 1-2.600 3.400M6.200 7.700A15 15 0 0 0 2.500 12s3.500 6.500 9.500 6.500a9 9 0 0 0 4-.9",
  filter: "M4 5.500h16l-6.200 7.300V18l-3.600 2v-7.200z",
  flask:
    "M9.500 3.500h5M10.500 3.500v6L5 18.500a1.500 1.500 0 0 0 1.300 2h11.400a1.500 1.500 0 0 0 1.300-2l-5.500-9v-6M8 14.500h8",
  globe:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c3 3 3.800 6 3.800 9s-.8 6-3.800 9c-3-3-3.800-6-3.800-9S9 6 12 3z",
  inbox: "M3.500 13.500h5l1.500 2.800h4l1.500-2.800h5M6.300 5h11.400l2.800 8.500V19h-17v-5.500z",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.500M12 7.600v.1",
  key:
    "M15 13.500a4.700 4.700 0 1 0-4.500-3.300L3.500 17.200v3.300h3.800v-2.500h2.500v-2.500l2-2a4.700 4.700 0 0 0 3.200 0zM16.300 7.700v.1",
  keyboard: "M3 6.500h18v11H3zM7 10v.1M10.300 10v.1M13.700 10v.1M17 10v.1M8 14h8",
  link:
    "M10 13.800a4 4 0 0 0 5.800.2l3-3a4 4 0 0 0-5.700-5.700l-1.500 1.500M14 10.200a4 4 0 0 0-5.800-.2l-3 3a4 4 0 0 0 5.700 5.700l1.500-1.500",
  live:
    "M12 13.200a1.200 1.200 0 1 0 0-2.400 1.200 1.200 0 0 0 0 2.400zM8.500 15.500a5 5 0 0 1 0-7M15.500 8.500a5 5 0 0 1 0 7M5.700 18.300a9 9 0 0 1 0-12.600M18.300 5.700a9 9 0 0 1 0 12.600",
  lock: "M5.500 10.500h13V20h-13zM8.500 10.500V8a3.500 3.500 0 0 1 7 0v2.500M12 14v2.500",
  "log-in": "M14 4.500h5.500v15H14M10 8l4 4-4 4M14 12H3.500",
  "log-out": "M10 4.500H4.500v15H10M16 8l4 4-4 4M20 12H9.500",
  mail: "M3.500 6h17v12.500h-17zM3.500 7.500l8.500 6 8.500-6",
  map: "M9 4.500 3.500 7v13L9 17.500l6 2.500 5.500-2.500v-13L15 7zM9 4.500v13M15 7v13",
  menu: "M4 6.500h16M4 12h16M4 17.500h16",
  monitor: "M3.500 5h17v11.500h-17zM9 20h6M12 16.500V20",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
  more: "M5.500 12h.1M12 12h.1M18.500 12h.1",
  pause: "M8.500 5.500v13M15.500 5.500v13",
  pin:
    "M12 21s7-6 7-11.300a7 7 0 0 0-14 0C5 15 12 21 12 21zM12 12.200a2.600 2.600 0 1 0 0-5.200 2.600 2.600 0 0 0 0 5.200z",
  play: "M7 5l12 7-12 7z",
  plus: "M12 5v14M5 12h14",
  refresh: "M20 5v5h-5M4 19v-5h5M19.400 10A8 8 0 0 0 5.600 7.500M4.600 14a8 8 0 0 0 13.800 2.500",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500 20.500 20.500",
  send: "M20.500 3.500 10 14M20.500 3.500 14 20.500l-4-6.500-6.500-4z",
  server: "M4 4.500h16V11H4zM4 13h16v6.500H4zM7.500 7.800v.1M7.500 16.300v.1",
  settings:
    "M4 7h9M17.500 7H20M4 17h3M11.500 17H20M15.200 9.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400zM9.200 19.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400z",
  shield: "M12 3.500 19 6v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6zM9 12l2.200 2.200L15.300 10",
  star: "M12 3.800l2.500 5.200 5.700.800-4.100 4 1 5.700-5.100-2.700-5.100 2.700 1-5.700-4.100-4 5.700-.800z",
  sun:
    "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M18.700 5.300l-1.400 1.400M6.700 17.300l-1.400 1.400",
  terminal: "M3.500 5h17v14h-17zM7 9.500l3 2.500-3 2.500M12.500 15H17",
  ticket: "M4 7h16v3.500a1.600 1.600 0 0 0 0 3V17H4v-3.500a1.600 1.600 0 0 0 0-3zM14.500 7v10",
  trash: "M4.500 7h15M9.500 7V4.500h5V7M6.500 7l1 13h9l1-13M10.300 10.500v6M13.700 10.500v6",
  user: "M12 11.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500a7.500 7.500 0 0 1 15 0",
  "user-plus": "M10 11.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 20.500a7 7 0 0 1 13-3.600M18.500 6.500v6M15.500 9.500h6",
  users:
    "M9 11.500a3.800 3.800 0 1 0 0-7.600 3.800 3.800 0 0 0 0 7.600zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.300a3.800 3.800 0 0 1 0 6.800M17.800 14.300A6.500 6.500 0 0 1 21.500 20",
} as const;

export type IconName = keyof typeof PATHS;

/** Other names for the same pictures, as presets and older data may call them. */
const ALIAS: Record<string, IconName> = {
  "user-add": "user-plus",
  login: "log-in",
  logout: "log-out",
  "map-pin": "pin",
  "map-pin-plus": "pin",
  service: "briefcase",
  booking: "calendar",
  recommendation: "star",
  guide: "compass",
  destination: "pin",
  tour: "map",
  webhook: "link",
  x: "close",
};

function iconName(name: string): IconName {
  if (name in PATHS) return name as IconName;
  return ALIAS[name] ?? "bell";
}

/** Stands once in the page. */
export function Sprite() {
  return (
    <svg class="sprite" aria-hidden="true" width="0" height="0">
      {Object.entries(PATHS).map(([name, path]) => (
        <symbol id={`i-${name}`} key={name} viewBox="0 0 24 24">
          <path d={path} />
        </symbol>
      ))}
    </svg>
  );
}

/** Decoration only, unless it has a `label`. */
export function Icon({ name, label, size = 20 }: { name: string; label?: string; size?: 16 | 18 | 20 | 24 | 32 | 48 }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : "true"}
      focusable="false"
    >
      <use href={`#i-${iconName(name)}`} />
    </svg>
  );
}

/** The product's own mark. */
export function Logo({ size = 28 }: { size?: number }) {
  return <img class="logo" src="/favicon.svg" width={size} height={size} alt="" />;
}
