/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* The command line: one verb, and the options that go with it */

#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <gio/gio.h>

typedef enum {
    SERVER_VERB_NONE,
    SERVER_VERB_MAKE,
    SERVER_VERB_CHECK,
    SERVER_VERB_SIGN,
    SERVER_VERB_VERIFY,
    SERVER_VERB_CERTIFICATES,
    SERVER_VERB_SITE,
    SERVER_VERB_SERVE,
    SERVER_VERB_DIAGNOSE,
    SERVER_VERB_LOG,
} ServerVerb;

typedef struct {
    ServerVerb   verb;
    /* DIR, URL or FILE of the verb; NULL if it is optional and missing */
    gchar       *target;
    gchar       *target_shown; /* in texts */
    gboolean     json;
    gboolean     version_wanted;

    /* --make */
    gchar      **packages;
    gchar       *version;
    gchar       *product;
    gchar       *source_version;
    gchar      **features;
    gboolean     replace;

    /* --check */
    gchar       *model;
    gchar       *from;
    gboolean     as_module;

    /* --sign, --verify, TLS */
    gchar       *certificate;
    gchar       *key;
    gchar       *keyring;
    /* Unix time; 0: none */
    gint64       not_after;
    gchar       *tls;
    gchar       *tls_ca;
    gchar       *tls_certificate;
    gchar       *tls_key;
    gboolean     mutual;

    /* --certificates */
    gchar      **names;
    guint        clients;
    guint        days;

    /* --site, --serve */
    guint        port;
    gboolean     only_v4;
    gboolean     only_v6;
    gchar       *location;

    /* --diagnose */
    gchar       *site;
    gchar       *user;
    gchar       *nginx;
} ServerOptions;

ServerOptions *server_options_parse (gint            *argc,
                                     gchar         ***argv,
                                     GError         **error);
void           server_options_free  (ServerOptions   *self);
/* "make", as in --make */
const gchar   *server_verb_name     (ServerVerb       verb);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerOptions, server_options_free)

#endif /* SERVER_OPTIONS_H */
