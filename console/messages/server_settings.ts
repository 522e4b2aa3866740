// The settings of the server in people's words: a name and what it does, by the name in pulpo.toml. A test asks for every
// setting of kernel/config.ts. See ../messages.ts.
// long file: one table, two lines for each setting
import type { Texts } from "./texts.ts";

export const serverSettingMessages = {
  "setting.port": { en: "Port", es: "Puerto" },
  "setting.port.text": { en: "TCP port; 0 picks a free one.", es: "Puerto TCP; con 0 se elige uno libre." },
  "setting.host": { en: "Address to listen on", es: "Dirección de escucha" },
  "setting.host.text": { en: "0.0.0.0: all of this machine.", es: "0.0.0.0: todas las de esta máquina." },
  "setting.ws_port": { en: "Second port, for WebSockets", es: "Segundo puerto, para WebSockets" },
  "setting.ws_port.text": {
    en: "A port, host:port, or the path of a Unix socket. Not set: there is none.",
    es: "Un puerto, host:puerto o la ruta de un socket Unix. Sin fijar: no hay.",
  },
  "setting.ws_compress_bytes": { en: "Compressed on the second port", es: "Comprimido en el segundo puerto" },
  "setting.ws_compress_bytes.text": {
    en: "Texts from this size on; 0: none.",
    es: "Textos desde este tamaño; 0: ninguno.",
  },
  "setting.data_dir": { en: "Data folder", es: "Carpeta de datos" },
  "setting.data_dir.text": {
    en: "Holds the embedded database, the secret and files.",
    es: "Contiene la base de datos integrada, el secreto y los archivos.",
  },
  "setting.database_url": { en: "PostgreSQL server", es: "Servidor PostgreSQL" },
  "setting.database_url.text": {
    en: "Not set: the embedded database.",
    es: "Sin fijar: la base de datos integrada.",
  },
  "setting.database_pool": { en: "Connections to PostgreSQL", es: "Conexiones a PostgreSQL" },
  "setting.database_pool.text": { en: "At most so many at once.", es: "Como máximo, tantas a la vez." },
  "setting.disk_floor_bytes": { en: "Free disk space to keep", es: "Espacio libre que se conserva" },
  "setting.disk_floor_bytes.text": {
    en: "The embedded database stores nothing while less is free; 0: until the disk is full.",
    es: "La base de datos integrada no guarda nada mientras quede menos; 0: hasta llenar el disco.",
  },
  "setting.redis_url": { en: "Redis server", es: "Servidor Redis" },
  "setting.redis_url.text": {
    en: "Joins several instances. Not set: one instance alone.",
    es: "Une varias instancias. Sin fijar: una sola instancia.",
  },
  "setting.upstash_url": { en: "Redis over HTTP: address", es: "Redis por HTTP: dirección" },
  "setting.upstash_url.text": { en: "Instead of a Redis server.", es: "En lugar de un servidor Redis." },
  "setting.upstash_token": { en: "Redis over HTTP: token", es: "Redis por HTTP: token" },
  "setting.upstash_token.text": { en: "Lets this server in there.", es: "Da acceso a este servidor." },
  "setting.secret": { en: "Secret", es: "Secreto" },
  "setting.secret.text": {
    en: "Root of all keys. Not set: made once, in the data folder.",
    es: "Raíz de todas las claves. Sin fijar: se crea una vez en la carpeta de datos.",
  },
  "setting.admin_email": { en: "First owner: e-mail address", es: "Primer propietario: correo" },
  "setting.admin_email.text": {
    en: "An owner with it is made when there is none.",
    es: "Se crea un propietario con él cuando no hay ninguno.",
  },
  "setting.admin_username": { en: "First owner: username", es: "Primer propietario: usuario" },
  "setting.admin_username.text": {
    en: "Not set: the part of the address before @.",
    es: "Sin fijar: la parte del correo antes de @.",
  },
  "setting.admin_password": { en: "First owner: password", es: "Primer propietario: contraseña" },
  "setting.admin_password.text": {
    en: "At least 12 characters, none of the most used.",
    es: "Al menos 12 caracteres, ninguna de las más usadas.",
  },
  "setting.registration": { en: "Who may register", es: "Quién puede registrarse" },
  "setting.registration.text": {
    en: "closed: nobody; invite: people with an invitation; open: everybody.",
    es: "closed: nadie; invite: quien tenga una invitación; open: cualquiera.",
  },
  "setting.public_url": { en: "Address of this server", es: "Dirección de este servidor" },
  "setting.public_url.text": {
    en: "As people type it; stands in links and cookies.",
    es: "Como la escribe la gente; figura en enlaces y cookies.",
  },
  "setting.cors_origins": { en: "Other sites that may call", es: "Otros sitios que pueden llamar" },
  "setting.cors_origins.text": {
    en: "Their pages may use the API from the browser.",
    es: "Sus páginas pueden usar la API desde el navegador.",
  },
  "setting.trust_proxy": { en: "Behind a proxy of ours", es: "Detrás de un proxy propio" },
  "setting.trust_proxy.text": {
    en: "Takes people's addresses from X-Forwarded-For.",
    es: "Toma las direcciones de la gente de X-Forwarded-For.",
  },
  "setting.smtp_url": { en: "Mail server", es: "Servidor de correo" },
  "setting.smtp_url.text": { en: "Not set: no mail is sent.", es: "Sin fijar: no se envía correo." },
  "setting.mail_from": { en: "Sender of mails", es: "Remitente de los correos" },
  "setting.mail_from.text": {
    en: "Name and address that people see.",
    es: "Nombre y dirección que ve la gente.",
  },
  "setting.sms": { en: "Text messages", es: "Mensajes de texto" },
  "setting.sms.text": {
    en: "How codes go out; log writes them into the server's log. Not set: none are sent.",
    es: "Cómo salen los códigos; log los escribe en el registro del servidor. Sin fijar: no se envían.",
  },
  "setting.sms_per_hour": { en: "Text messages per hour", es: "Mensajes de texto por hora" },
  "setting.sms_per_hour.text": {
    en: "To numbers without an account, three fifths of them to one country.",
    es: "A números sin cuenta; tres quintos, como máximo, a un mismo país.",
  },
  "setting.sms_countries": { en: "Countries for text messages", es: "Países para mensajes de texto" },
  "setting.sms_countries.text": { en: "Country codes. None: all.", es: "Prefijos de país. Ninguno: todos." },
  "setting.twilio_url": { en: "Twilio: address", es: "Twilio: dirección" },
  "setting.twilio_url.text": { en: "Where its API answers.", es: "Dónde responde su API." },
  "setting.twilio_account_sid": { en: "Twilio: account", es: "Twilio: cuenta" },
  "setting.twilio_account_sid.text": { en: "The account's SID.", es: "El SID de la cuenta." },
  "setting.twilio_auth_token": { en: "Twilio: token", es: "Twilio: token" },
  "setting.twilio_auth_token.text": { en: "The account's token.", es: "El token de la cuenta." },
  "setting.twilio_from": { en: "Twilio: sender", es: "Twilio: remitente" },
  "setting.twilio_from.text": {
    en: "Number, name or messaging service that text messages come from.",
    es: "Número, nombre o servicio desde el que llegan los mensajes.",
  },
  "setting.metrics_public": { en: "Open metrics", es: "Métricas abiertas" },
  "setting.metrics_public.text": { en: "/metrics answers without a token.", es: "/metrics responde sin token." },
  "setting.log_format": { en: "Form of the log", es: "Formato del registro" },
  "setting.log_format.text": {
    en: "pretty: for people; json: for collectors.",
    es: "pretty: para personas; json: para recolectores.",
  },
  "setting.log_level": { en: "What is logged", es: "Qué se registra" },
  "setting.log_level.text": { en: "From this level up.", es: "Desde este nivel." },
  "setting.event_retention_hours": { en: "Missed events are kept for", es: "Eventos perdidos: se guardan" },
  "setting.event_retention_hours.text": {
    en: "How long a lost connection can pick up where it was.",
    es: "Cuánto tiempo puede una conexión perdida seguir donde estaba.",
  },
  "setting.notification_retention_days": {
    en: "The inbox keeps notifications for",
    es: "La bandeja guarda los avisos",
  },
  "setting.notification_retention_days.text": {
    en: "Older ones are deleted.",
    es: "Los más antiguos se eliminan.",
  },
  "setting.send_queue_bytes": { en: "Waiting for a slow reader", es: "En espera para un lector lento" },
  "setting.send_queue_bytes.text": {
    en: "Who lags behind by more is cut off and picks up again.",
    es: "A quien se retrase más se le corta la conexión, y luego la retoma.",
  },
  "setting.max_connections": { en: "Open connections", es: "Conexiones abiertas" },
  "setting.max_connections.text": {
    en: "Of people who have signed in, per instance; a tenth, at most 100, is kept for administrators.",
    es: "De personas con sesión, por instancia; una décima parte, como máximo 100, queda para administradores.",
  },
  "setting.max_connections_per_person": { en: "Open connections per person", es: "Conexiones abiertas por persona" },
  "setting.max_connections_per_person.text": {
    en: "With all sessions and tokens.",
    es: "Con todas sus sesiones y tokens.",
  },
  "setting.max_connections_per_organization": {
    en: "Open connections per organisation",
    es: "Conexiones abiertas por organización",
  },
  "setting.max_connections_per_organization.text": {
    en: "0: all of them, or half when everybody may register.",
    es: "0: todas, o la mitad cuando cualquiera puede registrarse.",
  },
  "setting.max_unauthenticated": { en: "Connections before sign-in", es: "Conexiones sin sesión" },
  "setting.max_unauthenticated.text": {
    en: "They have 5 seconds to sign in; an eighth of them from one address.",
    es: "Tienen 5 segundos para entrar; una octava parte desde una misma dirección.",
  },
  "setting.agent_heartbeat_seconds": { en: "Sign of life of agents", es: "Señal de vida de los agentes" },
  "setting.agent_heartbeat_seconds.text": {
    en: "How often; after three that are missing the link ends.",
    es: "Cada cuánto; si faltan tres, la conexión termina.",
  },
  "setting.max_subscriptions": { en: "Channels per connection", es: "Canales por conexión" },
  "setting.max_subscriptions.text": {
    en: "So many can be followed at once.",
    es: "Tantos se pueden seguir a la vez.",
  },
  "setting.messages_per_second": { en: "Frames per second", es: "Tramas por segundo" },
  "setting.messages_per_second.text": {
    en: "What one connection may send, on average.",
    es: "Lo que puede enviar una conexión, de media.",
  },
  "setting.body_limit_bytes": { en: "Largest request", es: "Petición más grande" },
  "setting.body_limit_bytes.text": {
    en: "Of JSON; files have a limit of their own.",
    es: "En JSON; los archivos tienen su propio límite.",
  },
  "setting.rate_limit_per_minute": { en: "Requests per minute", es: "Peticiones por minuto" },
  "setting.rate_limit_per_minute.text": {
    en: "For each caller; 0: no limit.",
    es: "Por cada llamante; 0: sin límite.",
  },
  "setting.rate_limits": { en: "Limits by kind", es: "Límites por tipo" },
  "setting.rate_limits.text": {
    en: "What one caller may do in a minute; 0: no limit.",
    es: "Lo que puede hacer un llamante por minuto; 0: sin límite.",
  },
  "setting.webhook_private": { en: "Webhooks to private addresses", es: "Webhooks a direcciones privadas" },
  "setting.webhook_private.text": {
    en: "auto: allowed unless everybody may register; allow: always; deny: never.",
    es: "auto: permitidos salvo que cualquiera pueda registrarse; allow: siempre; deny: nunca.",
  },
  "setting.storage": { en: "Place of files", es: "Lugar de los archivos" },
  "setting.storage.text": {
    en: "file: in the data folder or another one; s3: in a bucket.",
    es: "file: en la carpeta de datos u otra; s3: en un bucket.",
  },
  "setting.s3_access_key": { en: "Bucket: access key", es: "Bucket: clave de acceso" },
  "setting.s3_access_key.text": { en: "For files in a bucket.", es: "Para archivos en un bucket." },
  "setting.s3_secret_key": { en: "Bucket: secret key", es: "Bucket: clave secreta" },
  "setting.s3_secret_key.text": { en: "For files in a bucket.", es: "Para archivos en un bucket." },
  "setting.media_limit_bytes": { en: "Largest file", es: "Archivo más grande" },
  "setting.media_limit_bytes.text": { en: "That may be uploaded.", es: "Que se puede subir." },
  "setting.media_quota_bytes": { en: "Files per organisation", es: "Archivos por organización" },
  "setting.media_quota_bytes.text": { en: "In all; 0: no limit.", es: "En total; 0: sin límite." },
  "setting.media_refused": { en: "Files that are refused", es: "Archivos rechazados" },
  "setting.media_refused.text": {
    en: "Endings of names and types, such as exe or application/x-msdownload.",
    es: "Terminaciones de nombre y tipos, como exe o application/x-msdownload.",
  },
} satisfies Texts;
