// Who works in the example organisation and where they talk. Names, places and firms are made up.

export interface DemoPerson {
  username: string;
  name: string;
  locale: "en" | "es";
  role: "admin" | "moderator" | "member" | "viewer" | "guest";
}

export const ORGANIZATION = "Costa Azul Travel";

const person = (username: string, name: string, locale: "en" | "es", role: DemoPerson["role"] = "member") => ({
  username,
  name,
  locale,
  role,
});

/** Besides the owner; the first few stand in a small organisation, too. */
export const PEOPLE: readonly DemoPerson[] = [
  person("luis", "Luis Paredes", "es"),
  person("emma", "Emma Whitfield", "en", "moderator"),
  person("carla", "Carla Mendoza", "es", "admin"),
  person("oliver", "Oliver Grant", "en"),
  person("sofia", "Sofía Quispe", "es"),
  person("noah", "Noah Becker", "en", "guest"),
  person("valentina", "Valentina Rojas", "es"),
  person("mateo", "Mateo Huamán", "es"),
  person("chloe", "Chloe Martin", "en"),
  person("diego", "Diego Salazar", "es", "moderator"),
  person("amara", "Amara Okafor", "en"),
  person("lucia", "Lucía Fernández", "es"),
  person("henrik", "Henrik Lindqvist", "en"),
  person("camila", "Camila Torres", "es"),
  person("yuki", "Yuki Tanaka", "en"),
  person("andres", "Andrés Villanueva", "es"),
  person("priya", "Priya Raman", "en"),
  person("rosa", "Rosa Mamani", "es"),
  person("tomas", "Tomás Aguirre", "es"),
  person("grace", "Grace O'Connell", "en"),
  person("javier", "Javier Castillo", "es"),
  person("leila", "Leila Haddad", "en"),
  person("paola", "Paola Jiménez", "es"),
  person("marcus", "Marcus Reed", "en"),
  person("ines", "Inés Valverde", "es", "guest"),
  person("felix", "Felix Brandt", "en"),
  person("daniela", "Daniela Ponce", "es"),
  person("samuel", "Samuel Adeyemi-Constantinopoulos", "en"),
  person("gabriela", "Gabriela Ríos", "es", "viewer"),
];

export type Topic = "desk" | "trips" | "code" | "money" | "people" | "fun";

export interface DemoChannel {
  name: string;
  type: "public" | "private";
  topic: string;
  description: string;
  /** What is talked about, and in which language first. */
  about: Topic[];
  locale: "en" | "es";
  /** Share of all messages. */
  weight: number;
  /** Everybody of the organisation, or about so many. */
  members: number;
}

/** Where the guests are: people of other firms, who see nothing else. */
export const GUEST_CHANNELS: ReadonlySet<string> = new Set(["guest-support", "tours-cusco"]);

export const GROUPS: readonly { name: string; handle: string; usernames: readonly string[] }[] = [
  { name: "Guías", handle: "guias", usernames: ["mateo", "rosa", "valentina", "tomas", "lucia"] },
  { name: "Guest support", handle: "support", usernames: ["emma", "oliver", "sofia", "chloe"] },
  { name: "Engineering", handle: "engineers", usernames: ["henrik", "yuki", "priya", "marcus", "andres"] },
];

/** Accounts of programs. */
export const PROGRAMS: readonly { username: string; name: string }[] = [
  { username: "booking-engine", name: "Motor de reservas" },
  { username: "weather", name: "Weather" },
];

const channel = (
  name: string,
  locale: "en" | "es",
  about: Topic[],
  weight: number,
  members: number,
  description: string,
  topic = "",
  type: "public" | "private" = "public",
): DemoChannel => ({ name, type, topic, description, about, locale, weight, members });

/** The owner is in all of them; the second one has what the owner has not read yet. */
export const CHANNELS: readonly DemoChannel[] = [
  channel("general", "es", ["people", "fun", "trips"], 14, 99, "Lo que concierne a todos · What concerns everybody"),
  channel(
    "reservas",
    "es",
    ["desk"],
    20,
    22,
    "Reservas nuevas, cambios y cancelaciones",
    "Turno de hoy: Sofía y Mateo",
  ),
  channel("guest-support", "en", ["desk", "trips"], 14, 18, "Questions of guests that need more than one of us"),
  channel("tours-cusco", "es", ["trips"], 10, 14, "Salidas, guías y clima", "Inti Raymi: cupos al 85 %"),
  channel(
    "engineering",
    "en",
    ["code"],
    13,
    9,
    "The booking platform: releases, bugs, reviews",
    "v1.2.3-rc.1 on staging",
  ),
  channel("incidents", "en", ["code"], 5, 12, "One thread per incident, times in UTC"),
  channel("finanzas", "es", ["money"], 6, 7, "Facturas, pagos y cierres de mes", "", "private"),
  channel("marketing", "en", ["trips", "fun"], 6, 10, "Campaigns, pictures, texts"),
  channel("guias", "es", ["trips", "people"], 5, 12, "Turnos y avisos de los guías"),
  channel("hiring", "en", ["people"], 3, 6, "Candidates and interviews", "", "private"),
  channel("random", "en", ["fun"], 7, 26, "Coffee, football, cats"),
  channel("comida", "es", ["fun"], 3, 16, "¿Dónde almorzamos hoy?"),
];

/** Conversations of the owner with others, by username. */
export const DIRECTS: readonly string[][] = [["luis"], ["emma"], ["carla", "oliver"]];

/** How people look in their pictures. */
export const SHORT_HAIR: ReadonlySet<string> = new Set([
  ...["luis", "oliver", "noah", "mateo", "diego", "henrik", "andres", "tomas", "javier", "marcus", "felix", "samuel"],
  "demo",
]);
