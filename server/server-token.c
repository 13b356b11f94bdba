/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-token.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <gnutls/pkcs11.h>

#include "release-text.h"

#define SCHEME      "pkcs11:"
#define LABEL_SHOWN 64
#define URL_SHOWN   255
#define CTRL_C      '\003'

/*****************************************************************************/
/* URLs */

gboolean
server_token_is_url (const gchar *text)
{
    return g_ascii_strncasecmp (text, SCHEME, strlen (SCHEME)) == 0;
}

static const gchar *
find_value (const gchar *attribute,
            const gchar *name)
{
    gsize length = strlen (name);

    return g_ascii_strncasecmp (attribute, name, length) == 0 && attribute[length] == '=' ? attribute + length + 1 : NULL;
}

/* "file:/run/pin", "file:///run/pin", "/run/pin" */
static gboolean
take_pin_source (ServerToken  *self,
                 const gchar  *value,
                 GError      **error)
{
    g_autofree gchar *plain = g_uri_unescape_string (value, NULL);
    const gchar      *path = plain;

    if (path && g_str_has_prefix (path, "file:")) {
        path += strlen ("file:");
        if (g_str_has_prefix (path, "///"))
            path += 2;
    }
    if (!path || *path != '/') {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _("pin-source names no file: 'file:/' and the rest of its path are allowed"));
        return FALSE;
    }
    g_free (self->pin_file);
    self->pin_file = g_strdup (path);
    return TRUE;
}

static gboolean
take_attributes (ServerToken  *self,
                 const gchar  *text,
                 const gchar  *separators,
                 GString      *kept,
                 GError      **error)
{
    g_auto(GStrv) attributes = g_strsplit_set (text, separators, -1);
    guint         n = 0;
    guint         i;

    for (i = 0; attributes[i]; i++) {
        const gchar *source = find_value (attributes[i], "pin-source");

        if (!source)
            source = find_value (attributes[i], "pinfile");
        if (source) {
            if (!take_pin_source (self, source, error))
                return FALSE;
        } else if (*attributes[i])
            g_string_append_printf (kept, "%s%s", n++ ? (*separators == '&' ? "&" : ";") : "", attributes[i]);
    }
    return TRUE;
}

/* In any place and spelling, also where p11-kit would not find it: errors must not repeat it */
static gboolean
has_pin (const gchar *rest)
{
    g_autofree gchar *plain = g_uri_unescape_string (rest, NULL);
    g_autofree gchar *lower = g_ascii_strdown (plain ? plain : rest, -1);

    return strstr (lower, "pin-value") != NULL;
}

/* p11-kit does the same first */
static gchar *
without_blanks (const gchar *text)
{
    GString *kept = g_string_new (NULL);

    for (; *text; text++) {
        if (!g_ascii_isspace (*text) && *text != '\v')
            g_string_append_c (kept, *text);
    }
    return g_string_free (kept, FALSE);
}

gboolean
server_token_init (ServerToken  *self,
                   const gchar  *url,
                   GError      **error)
{
    g_autofree gchar  *rest = without_blanks (url + strlen (SCHEME));
    g_auto(GStrv)      halves = g_strsplit (rest, "?", 2);
    g_autoptr(GString) path = g_string_new (SCHEME);
    g_autoptr(GString) query = g_string_new (NULL);

    if (has_pin (rest)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                             _("a PIN on the command line can be read by every user of this machine: without pin-value it is "
                                "asked for at the terminal, or comes from a file (?pin-source=file:/path)"));
        return FALSE;
    }
    if (!take_attributes (self, halves[0] ? halves[0] : "", ";", path, error) ||
        (halves[0] && halves[1] && !take_attributes (self, halves[1], "&;", query, error)))
        return FALSE;
    /* A core file would contain the PIN */
    if (prctl (PR_SET_DUMPABLE, 0) < 0)
        g_debug ("a core may be written");
    self->url = query->len ? g_strdup_printf ("%s?%s", path->str, query->str) : g_strdup (path->str);
    return TRUE;
}

void
server_token_clear (ServerToken *self)
{
    g_clear_pointer (&self->url, g_free);
    g_clear_pointer (&self->pin_file, g_free);
    g_clear_pointer (&self->why, g_free);
}

/*****************************************************************************/
/* The PIN; -1 with the reason if there is none */

static gint
no_pin (ServerToken *self,
        gchar       *why)
{
    g_free (self->why);
    self->why = why;
    return -1;
}

/* While echo is off; it must be restored before the signal takes effect */
static volatile sig_atomic_t ended_by;

static void
note_signal (gint number)
{
    ended_by = number;
}

static const gint ends[] = { SIGTERM, SIGHUP, SIGQUIT };

typedef struct {
    struct sigaction actions[G_N_ELEMENTS (ends)];
    sigset_t         mask;
} Signals;

static void
hold_signals (Signals *usual)
{
    struct sigaction note = { .sa_handler = note_signal };
    sigset_t         blocked;
    guint            i;

    ended_by = 0;
    sigemptyset (&blocked);
    for (i = 0; i < G_N_ELEMENTS (ends); i++)
        sigaddset (&blocked, ends[i]);
    pthread_sigmask (SIG_BLOCK, &blocked, &usual->mask);
    for (i = 0; i < G_N_ELEMENTS (ends); i++)
        sigaction (ends[i], &note, &usual->actions[i]);
}

static void
take_signals (const Signals *usual)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (ends); i++)
        sigaction (ends[i], &usual->actions[i], NULL);
    if (ended_by)
        raise (ended_by);
    pthread_sigmask (SIG_SETMASK, &usual->mask, NULL);
}

/* Signals are let in only while it waits: one that came just before a read () would not end that */
static gssize
read_character (gint           fd,
                const Signals *usual,
                gchar         *character)
{
    struct pollfd ready = { fd, POLLIN, 0 };

    if (ppoll (&ready, 1, NULL, usual ? &usual->mask : NULL) < 0)
        return -1;
    return read (fd, character, 1);
}

/* Reads a line without its end; returns its length. @usual: if signals are held. */
static gint
read_line (gint           fd,
           const Signals *usual,
           gchar         *line,
           gsize          max)
{
    gsize  length = 0;
    gssize n = 0;

    while (length < max && (n = read_character (fd, usual, line + length)) != 0) {
        if (n < 0 && (errno != EINTR || ended_by))
            return -1;
        if (n > 0 && (line[length] == '\n' || line[length] == '\r'))
            break;
        if (n > 0 && line[length] == CTRL_C)
            return 0;
        length += (gsize) MAX (n, 0);
    }
    return (gint) length;
}

static gint
read_pin (ServerToken   *self,
          gint           fd,
          const Signals *usual,
          const gchar   *from,
          gchar         *pin,
          gsize          max)
{
    gint length = read_line (fd, usual, pin, max);

    if (length < 0)
        return no_pin (self, g_strdup_printf (_("the PIN can't be read from %s: %s"), from, g_strerror (errno)));
    if (length == 0 || (gsize) length >= max)
        return no_pin (self, g_strdup_printf (_("%s has no PIN: 1 to %zu characters are allowed"), from, max - 1));
    pin[length] = '\0';
    return 0;
}

static gint
read_pin_file (ServerToken *self,
               gchar       *pin,
               gsize        max)
{
    gint fd = open (self->pin_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    gint result;

    if (fd < 0)
        return no_pin (self, g_strdup_printf (_("the PIN can't be read from %s: %s"), self->pin_file, g_strerror (errno)));
    result = read_pin (self, fd, NULL, self->pin_file, pin, max);
    close (fd);
    return result;
}

/* Without echo, which is switched on again after Ctrl+C or another signal */
static gint
ask_for_pin (ServerToken *self,
             const gchar *label,
             guint        flags,
             gchar       *pin,
             gsize        max)
{
    g_autofree gchar *prompt = NULL;
    struct termios    usual;
    struct termios    silent;
    Signals           signals;
    gint              fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    gint              result = -1;

    if (fd < 0 || tcgetattr (fd, &usual) < 0) {
        if (fd >= 0)
            close (fd);
        return no_pin (self, g_strdup_printf (_("token '%s' wants a PIN, and there is no terminal to ask at: name a file that holds it "
                                                 "(?pin-source=file:/path at the end of the URL)"), label));
    }
    silent = usual;
    silent.c_lflag &= ~(tcflag_t) (ECHO | ISIG);
    silent.c_cc[VEOL] = CTRL_C;
    prompt = g_strdup_printf (flags & GNUTLS_PIN_FINAL_TRY ? _("PIN of token '%s' (a wrong one locks it): ") : _("PIN of token '%s': "), label);
    hold_signals (&signals);
    if (tcsetattr (fd, TCSAFLUSH, &silent) == 0 && write (fd, prompt, strlen (prompt)) >= 0)
        result = read_pin (self, fd, &signals, _("the terminal"), pin, max);
    tcsetattr (fd, TCSAFLUSH, &usual);
    take_signals (&signals);
    if (write (fd, "\n", 1) < 0)
        g_debug ("the terminal is gone");
    close (fd);
    return result;
}

/* gnutls_pin_callback_t */
static gint
get_pin (gpointer     user_data,
         gint         attempt,
         const gchar *token_url,
         const gchar *token_label,
         guint        flags,
         gchar       *pin,
         gsize        max)
{
    ServerToken      *self = user_data;
    g_autofree gchar *label = release_text_printable (token_label ? token_label : "", LABEL_SHOWN);

    if (flags & GNUTLS_PIN_WRONG)
        return no_pin (self, g_strdup_printf (flags & GNUTLS_PIN_FINAL_TRY ?
                                              _("the PIN of token '%s' is wrong, and one more that is wrong locks it") :
                                              _("the PIN of token '%s' is wrong"), label));
    if (self->pin_file)
        return read_pin_file (self, pin, max);
    return ask_for_pin (self, label, flags, pin, max);
}

/*****************************************************************************/
/* Contents of a token */

static gboolean
fail (ServerToken  *self,
      const gchar  *what,
      gint          code,
      GError      **error)
{
    g_autofree gchar *url = release_text_printable (self->url, URL_SHOWN);
    guint             flags;

    if (self->why)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, self->why);
    else if (code == GNUTLS_E_PKCS11_PIN_LOCKED)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, _("%s: the token is locked after too many wrong PINs"), url);
    else if (code == GNUTLS_E_PARSING_ERROR || code == GNUTLS_E_INVALID_REQUEST)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _("'%s' is no PKCS#11 URL: 'pkcs11:token=NAME;object=NAME' is allowed (RFC 7512)"), url);
    else if (gnutls_pkcs11_token_get_flags (self->url, &flags) < 0)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                     _("no token for '%s' is there; 'p11tool --list-tokens' shows those that are"), url);
    else if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE || code == GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                     _("the token has no %s '%s'; 'p11tool --login --list-all' shows what it has"), what, url);
    else
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", url, gnutls_strerror (code));
    return FALSE;
}

gboolean
server_token_load_certificate (ServerToken        *self,
                               gnutls_x509_crt_t   certificate,
                               GError            **error)
{
    gint code;

    gnutls_x509_crt_set_pin_function (certificate, get_pin, self);
    code = gnutls_x509_crt_import_url (certificate, self->url, 0);
    return code >= 0 || fail (self, _("certificate"), code, error);
}

gboolean
server_token_load_key (ServerToken       *self,
                       gnutls_privkey_t   key,
                       GError           **error)
{
    gint code;

    gnutls_privkey_set_pin_function (key, get_pin, self);
    code = gnutls_privkey_import_url (key, self->url, 0);
    return code >= 0 || fail (self, _("private key"), code, error);
}
