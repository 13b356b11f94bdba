/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* JSON from servers and brokers that nobody trusts. Pure. */

#ifndef RELEASE_JSON_H
#define RELEASE_JSON_H

#include <json-glib/json-glib.h>

/* NULL if it is not one object, in UTF-8, with blanks around it at most and no deeper than 16 */
JsonObject *release_json_parse (const gchar *text,
                                gsize        length);

#endif /* RELEASE_JSON_H */
