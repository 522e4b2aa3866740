// Texts that are no single part's. See ../messages.ts.
// long file: one table, because texts are translated best with their neighbours in view
import type { Texts } from "./texts.ts";

export const generalMessages = {
  "a11y.skip": { en: "Skip to content", es: "Saltar al contenido" },
  "a11y.main_nav": { en: "Main", es: "Principal" },
  "a11y.bottom_nav": { en: "Quick access", es: "Acceso rápido" },

  "area.notifications": { en: "Notifications", es: "Notificaciones" },
  "area.administration.sign": { en: "Admin", es: "Admin." },
  "area.administration.people": { en: "People", es: "Personas" },
  "area.administration.chat": { en: "Chat", es: "Chat" },
  "area.administration.programs": { en: "Programs", es: "Programas" },
  "area.administration.house": { en: "Organisation and server", es: "Organización y servidor" },
  "area.administration": { en: "Administration", es: "Administración" },
  "area.account": { en: "Your account", es: "Tu cuenta" },
  "nav.dashboard": { en: "Dashboard", es: "Panel" },
  "nav.live": { en: "Live", es: "En vivo" },
  "nav.inbox": { en: "Inbox", es: "Bandeja" },
  "nav.users": { en: "Users", es: "Usuarios" },
  "nav.tokens": { en: "API tokens", es: "Tokens de API" },
  "nav.webhooks": { en: "Webhooks", es: "Webhooks" },
  "nav.audit": { en: "Audit log", es: "Auditoría" },
  "nav.profile": { en: "Profile", es: "Perfil" },
  "nav.about": { en: "Health", es: "Salud del servidor" },
  "nav.more": { en: "More", es: "Más" },

  "action.add": { en: "Add", es: "Añadir" },
  "action.cancel": { en: "Cancel", es: "Cancelar" },
  "action.clear_filters": { en: "Clear filters", es: "Quitar filtros" },
  "action.not_now": { en: "Not now", es: "Ahora no" },
  "action.close": { en: "Close", es: "Cerrar" },
  "action.delete": { en: "Delete", es: "Eliminar" },
  "action.more": { en: "Show more", es: "Mostrar más" },
  "action.refresh": { en: "Refresh", es: "Actualizar" },
  "action.retry": { en: "Try again", es: "Reintentar" },
  "action.save": { en: "Save", es: "Guardar" },
  "action.sign_in": { en: "Sign in", es: "Entrar" },
  "action.sign_out": { en: "Sign out", es: "Cerrar sesión" },

  "state.loading": { en: "Loading", es: "Cargando" },
  "state.saved": { en: "Saved", es: "Guardado" },
  "time.never": { en: "Never", es: "Nunca" },
  "details.time": { en: "Time", es: "Hora" },
  "copy.copy": { en: "Copy", es: "Copiar" },
  "copy.done": { en: "Copied", es: "Copiado" },
  "copy.failed": { en: "The browser did not allow copying.", es: "El navegador no permitió copiar." },
  "copy.by_hand": { en: "Select the text and copy it by hand.", es: "Selecciona el texto y cópialo a mano." },
  "secret.stored": { en: "I have stored it", es: "Ya lo he guardado" },

  "form.optional": { en: "optional", es: "opcional" },
  "form.required": { en: "Please fill this in.", es: "Rellena este campo." },
  "form.email": {
    en: "Enter an e-mail address, such as ana@example.com.",
    es: "Escribe un correo, por ejemplo ana@example.com.",
  },
  "form.username": {
    en: "2 to 32 letters, digits, dots, dashes or underscores.",
    es: "De 2 a 32 letras, cifras, puntos, guiones o guiones bajos.",
  },
  "form.password_short": {
    en: "At least 12 characters; a long sentence is best.",
    es: "Al menos 12 caracteres; mejor una frase larga.",
  },

  "password.show": { en: "Show password", es: "Mostrar contraseña" },
  "password.hide": { en: "Hide password", es: "Ocultar contraseña" },
  "password.caps": { en: "Caps lock is on.", es: "Las mayúsculas están activadas." },
  "password.strength.0": { en: "Too short: at least 12 characters.", es: "Demasiado corta: al menos 12 caracteres." },
  "password.strength.1": { en: "Easy to guess. Make it longer.", es: "Fácil de adivinar. Hazla más larga." },
  "password.strength.2": { en: "Fair. Longer is better.", es: "Aceptable. Más larga es mejor." },
  "password.strength.3": { en: "Good.", es: "Buena." },
  "password.strength.4": { en: "Strong.", es: "Fuerte." },

  "theme.to_light": { en: "Switch to light", es: "Cambiar a claro" },
  "theme.to_dark": { en: "Switch to dark", es: "Cambiar a oscuro" },
  "language.label": { en: "Language", es: "Idioma" },
  "menu.person": { en: "Menu of {name}", es: "Menú de {name}" },

  "broken.title": { en: "This part could not be shown", es: "Esta parte no se pudo mostrar" },
  "broken.text": {
    en: "Something in it is not as it should be. Everything else goes on working.",
    es: "Algo en ella no está como debería. Todo lo demás sigue funcionando.",
  },
  "broken.reload": { en: "Reload the page", es: "Recargar la página" },
  "broken.back": { en: "Go back", es: "Volver" },
  "page.missing": { en: "Page not found", es: "Página no encontrada" },
  "page.missing.text": {
    en: "There is nothing at this address. It may have been typed wrongly or moved.",
    es: "No hay nada en esta dirección. Puede estar mal escrita o haberse movido.",
  },
  "page.forbidden": { en: "Not for your role", es: "No disponible para tu rol" },
  "page.forbidden.text": {
    en: "Your role lacks the right that this page needs: {right} Ask an administrator of your organisation.",
    es: "A tu rol le falta el derecho que esta página necesita: {right} Pídelo a un administrador de tu organización.",
  },
  "page.switched_off": {
    en: "Switched off for this organisation: {part}",
    es: "Desactivado para esta organización: {part}",
  },
  "page.insiders.text": {
    en: "This page is about the organisation as a whole. Guests see the channels they were added to.",
    es: "Esta página trata de toda la organización. Los invitados ven los canales a los que se les añadió.",
  },
  "page.insiders.go": { en: "To the chat", es: "Ir al chat" },
  "page.home": { en: "To the start page", es: "Ir al inicio" },

  "link.only_here": {
    en: "Other devices cannot reach this address. Whoever runs the server sets PULPO_PUBLIC_URL to one that they can.",
    es:
      "Otros dispositivos no llegan a esta dirección. Quien lleva el servidor configura PULPO_PUBLIC_URL con una a la que sí.",
  },
  "link.connecting": { en: "Connecting", es: "Conectando" },
  "link.live": { en: "Live", es: "En vivo" },
  "link.resuming": { en: "Resuming", es: "Reanudando" },
  "link.offline": { en: "Offline", es: "Sin conexión" },
  "link.refused": { en: "No live updates", es: "Sin novedades en vivo" },
  "link.closed": { en: "Disconnected", es: "Desconectado" },
  "link.live_text": { en: "New notifications appear by themselves.", es: "Las notificaciones nuevas aparecen solas." },
  "link.stream": { en: "Live without WebSockets", es: "En vivo sin WebSockets" },
  "link.stream_why": { en: "Why?", es: "¿Por qué?" },
  "stream.title": { en: "WebSockets do not get through", es: "Los WebSockets no pasan" },
  "stream.what": {
    en:
      "Something between this browser and the server, most often a proxy, does not pass WebSockets on. This page therefore " +
      "uses an event stream and ordinary calls. Everything works and stays up to date.",
    es:
      "Algo entre este navegador y el servidor, casi siempre un proxy, no deja pasar los WebSockets. Por eso esta página " +
      "usa un flujo de eventos y llamadas normales. Todo funciona y se mantiene al día.",
  },
  "stream.again": {
    en: "WebSockets are tried again from time to time and used as soon as they get through.",
    es: "De vez en cuando se vuelven a probar los WebSockets y se usan en cuanto pasan.",
  },
  "stream.for_admins": { en: "If you run the proxy", es: "Si administras el proxy" },
  "stream.hint": {
    en: "It has to pass on the headers Upgrade and Connection, with HTTP/1.1:",
    es: "Tiene que pasar las cabeceras Upgrade y Connection, con HTTP/1.1:",
  },
  "stream.caddy": {
    en:
      "Caddy does this by itself. Apache needs mod_proxy_wstunnel; load balancers often have a switch named WebSocket.",
    es:
      "Caddy lo hace solo. Apache necesita mod_proxy_wstunnel; los balanceadores suelen tener un ajuste llamado WebSocket.",
  },
  "link.retry_in": { en: "next try in {time}", es: "nuevo intento en {time}" },
  "link.retry_now": { en: "Try now", es: "Intentar ahora" },

  "login.title": { en: "Sign in to Pulpo", es: "Entra en Pulpo" },
  "login.text": { en: "With your account of this server.", es: "Con tu cuenta de este servidor." },
  "login.next": { en: "Please sign in to go on.", es: "Entra para continuar." },
  "login.name": { en: "E-mail or username", es: "Correo o nombre de usuario" },
  "login.password": { en: "Password", es: "Contraseña" },
  "login.wait": { en: "Wait {time}", es: "Espera {time}" },

  "setup.title": { en: "Set up Pulpo", es: "Configura Pulpo" },
  "setup.text": {
    en: "Create your organisation and its first owner. This link works once.",
    es: "Crea tu organización y su primer propietario. Este enlace sirve una sola vez.",
  },
  "setup.organization": { en: "Organisation", es: "Organización" },
  "setup.organization.hint": { en: "What your company or group is called.", es: "El nombre de tu empresa o grupo." },
  "setup.action": { en: "Create and sign in", es: "Crear y entrar" },
  "setup.no_token": {
    en: "This server has no owner yet. Open the one-time link that it printed when it started.",
    es: "Este servidor aún no tiene propietario. Abre el enlace de un solo uso que mostró al arrancar.",
  },
  "setup.no_token.next": {
    en: "The link ends with #token=… To print it again, run this where the server runs:",
    es: "El enlace termina en #token=… Para mostrarlo otra vez, ejecuta esto donde corre el servidor:",
  },
  "setup.done": { en: "Already set up", es: "Ya está configurado" },
  "setup.done.text": {
    en: "This server has an owner. Please sign in.",
    es: "Este servidor ya tiene propietario. Entra con tu cuenta.",
  },

  "dash.active_users": { en: "Active users", es: "Usuarios activos" },
  "dash.messages": { en: "Messages/min", es: "Mensajes/min" },
  "dash.channels": { en: "Channels in use", es: "Canales en uso" },
  "dash.connections": { en: "Connections", es: "Conexiones" },
  "dash.lag": { en: "Lag", es: "Retraso" },

  "live.resumed": { en: "Connection resumed", es: "Conexión reanudada" },
  "live.recovered": {
    en: "{n} missed notification recovered|{n} missed notifications recovered",
    es: "{n} notificación perdida recuperada|{n} notificaciones perdidas recuperadas",
  },
  "live.nothing_missed": { en: "Nothing was missed", es: "No se perdió nada" },
  "live.gap_title": { en: "You were away for long", es: "Estuviste fuera mucho tiempo" },
  "live.gap_text": {
    en: "Older pushes can no longer be replayed. Your inbox has them.",
    es: "Los avisos más antiguos ya no se pueden repetir. Los tienes en tu bandeja.",
  },
  "live.denied": { en: "{channel} is not open to you", es: "No tienes acceso a {channel}" },
  "live.burst": { en: "Many notifications are arriving", es: "Están llegando muchas notificaciones" },
  "live.open": { en: "Open", es: "Abrir" },
  "live.open_inbox": { en: "Open inbox", es: "Abrir bandeja" },
  "live.channel.placeholder": { en: "bookings", es: "reservas" },

  "send.default_message": { en: "Hello from Pulpo", es: "Hola desde Pulpo" },
  "send.to": { en: "To", es: "Para" },
  "send.to.broadcast": { en: "Everyone", es: "Todos" },
  "send.to.channel": { en: "A channel", es: "Un canal" },
  "send.channel": { en: "Channel", es: "Canal" },
  "send.channel.bad": {
    en: "Letters, digits, dots, dashes and underscores, at most 64.",
    es: "Letras, cifras, puntos, guiones y guiones bajos, como máximo 64.",
  },

  "inbox.list": { en: "Notifications", es: "Notificaciones" },
  "inbox.preferences": { en: "Preferences", es: "Preferencias" },
  "inbox.bell": {
    en: "Inbox: {n} unread notification|Inbox: {n} unread notifications",
    es: "Bandeja: {n} notificación sin leer|Bandeja: {n} notificaciones sin leer",
  },
  "inbox.unread": { en: "Unread", es: "Sin leer" },
  "inbox.read_all": { en: "Mark all read", es: "Marcar leídas" },
  "inbox.empty": { en: "Your inbox is empty", es: "Tu bandeja está vacía" },
  "inbox.empty.text": {
    en: "Notifications for you and for everyone are kept here.",
    es: "Aquí se guardan las notificaciones para ti y para todos.",
  },

  "user.name": { en: "Name", es: "Nombre" },
  "user.email": { en: "E-mail", es: "Correo" },
  "user.username": { en: "Username", es: "Nombre de usuario" },
  "user.display_name": { en: "Display name", es: "Nombre visible" },
  "user.role": { en: "Role", es: "Rol" },
  "user.state": { en: "State", es: "Estado" },
  "user.disabled": { en: "Disabled", es: "Desactivado" },
  "user.last_seen": { en: "Last seen", es: "Visto por última vez" },
  "user.created": { en: "Created", es: "Creado" },
  "user.active": { en: "May sign in", es: "Puede entrar" },
  "user.active.text": {
    en: "Switched off, all sessions and API tokens of this person end within a second.",
    es: "Al desactivarlo, todas sus sesiones y tokens terminan en un segundo.",
  },
  "presence.online": { en: "Online", es: "En línea" },
  "presence.away": { en: "Away", es: "Ausente" },
  "presence.busy": { en: "Busy", es: "Ocupado" },
  "presence.offline": { en: "Offline", es: "Desconectado" },

  "users.search": { en: "Find by name or e-mail", es: "Buscar por nombre o correo" },
  "users.you": { en: "you", es: "tú" },

  "profile.password.current": { en: "Current password", es: "Contraseña actual" },
  "profile.devices.unknown": { en: "Unknown program", es: "Programa desconocido" },

  "about.docs": { en: "API documentation", es: "Documentación de la API" },
  "nav.home": { en: "Home", es: "Inicio" },
  "devices.on": { en: "{program} on {system}", es: "{program} en {system}" },
  "role.owner": { en: "Owner", es: "Propietario" },
  "role.owner.text": {
    en:
      "May do everything: also make owners, import and export chat, delete channels for good, close the organisation for maintenance, and see the settings of the server.",
    es:
      "Puede todo: también nombrar propietarios, importar y exportar el chat, borrar canales para siempre, cerrar la organización por mantenimiento y ver la configuración del servidor.",
  },
  "role.admin": { en: "Administrator", es: "Administrador" },
  "role.admin.text": {
    en:
      "A moderator who also manages people up to administrators, the organisation, agents of machines, webhooks, chat settings, the filter, retention and alerts, and reads statistics, metrics and the audit log.",
    es:
      "Un moderador que además gestiona personas (hasta administradores), la organización, agentes de máquinas, webhooks, ajustes del chat, el filtro, la retención y las alertas, y lee estadísticas, métricas y la auditoría.",
  },
  "role.moderator": { en: "Moderator", es: "Moderador" },
  "role.moderator.text": {
    en: "A member who also decides reports, and warns, mutes and bans people of a lower role.",
    es: "Un miembro que además decide reportes, y advierte, silencia y expulsa a personas de menor rol.",
  },
  "role.member": { en: "Member", es: "Miembro" },
  "role.member.text": {
    en: "Reads and writes in chat, makes channels, uploads files, and sends notifications.",
    es: "Lee y escribe en el chat, crea canales, sube archivos y envía notificaciones.",
  },
  "role.viewer": { en: "Viewer", es: "Observador" },
  "role.viewer.text": {
    en: "Reads chat, files, notifications and the dashboard. Does not write in chat or send notifications.",
    es: "Lee el chat, los archivos, las notificaciones y el panel. No escribe en el chat ni envía notificaciones.",
  },
  "role.guest": { en: "Guest", es: "Invitado" },
  "role.guest.text": {
    en: "Reads and writes only in the channels they were added to, and sees only the people there.",
    es: "Lee y escribe solo en los canales a los que se le añadió, y solo ve a las personas que hay en ellos.",
  },
  "maintenance.page": { en: "Closed for maintenance", es: "Cerrado por mantenimiento" },
  "maintenance.page.text": {
    en: "Nothing is lost. This page opens by itself when it is over.",
    es: "No se pierde nada. Esta página se abre sola cuando termine.",
  },
} satisfies Texts;
