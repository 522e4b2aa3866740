// Examples of the OpenAPI document that several endpoints share.
export const userExample = {
  id: "0198c0de-7a11-7000-8000-000000000001",
  email: "ana@example.org",
  username: "ana",
  display_name: "Ana García",
  avatar_url: null,
  role: "admin",
  organization: { id: "0198c0de-7a11-7000-8000-000000000000", name: "Casa del Mar" },
  status: "online",
  status_text: null,
  locale: "es",
  is_active: true,
  created_at: "2026-01-15T09:30:00.000Z",
  last_seen_at: "2026-02-01T17:05:12.345Z",
};

export const pairExample = {
  access_token: "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiI...",
  refresh_token: "ref_...",
  token_type: "Bearer",
  expires_in: 900,
  user: userExample,
};

export const pageOf = (item: unknown) => ({ items: [item], next_cursor: null });
