/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The text of an SMS that makes the agent look for firmware now, and whether one counts.
 * Pure.
 *
 *   MMFOTA1 CHECK <counter> <mac>
 *
 * counter: the sender's Unix time in seconds, in decimal without leading zeros; mac: the
 * first 20 hexadecimal digits of HMAC-SHA256 (key, "MMFOTA1 CHECK <counter> <IMEI>"). It
 * carries no data: who sends it decides nothing but when the agent looks. The sender's
 * number proves nothing (arXiv 2310.11052), so it is no part of it.
 */

#ifndef MMFOTA_AGENT_TOKEN_H
#define MMFOTA_AGENT_TOKEN_H

#include <gio/gio.h>

/* Bytes of a key, and keys of a device: two while a key is being changed */
#define MMFOTA_AGENT_TOKEN_KEY      32
#define MMFOTA_AGENT_TOKEN_KEYS_MAX 2
#define MMFOTA_AGENT_TOKEN_MAC      10

/* Seconds */
#define MMFOTA_AGENT_TOKEN_AHEAD    (10 * 60)
#define MMFOTA_AGENT_TOKEN_AGE      (7 * 24 * 3600)
#define MMFOTA_AGENT_TOKEN_PAUSE    (10 * 60)
#define MMFOTA_AGENT_TOKEN_DAY      (24 * 3600)
#define MMFOTA_AGENT_TOKEN_DAY_MAX  20

typedef struct {
    guint8 bytes[MMFOTA_AGENT_TOKEN_KEYS_MAX][MMFOTA_AGENT_TOKEN_KEY];
    guint  n;
} MmfotaAgentTokenKeys;

/* One or two lines of 64 hexadecimal digits; empty lines and lines that begin with "#" do not
 * count. Errors never show any part of a key. */
gboolean mmfota_agent_token_keys_parse (MmfotaAgentTokenKeys *keys,
                                        const gchar          *text,
                                        gsize                 size,
                                        GError              **error);
/* The same from a file, which only its owner and group may read */
gboolean mmfota_agent_token_keys_load  (MmfotaAgentTokenKeys *keys,
                                        const gchar          *path,
                                        GError              **error);
void     mmfota_agent_token_keys_clear (MmfotaAgentTokenKeys *keys);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MmfotaAgentTokenKeys, mmfota_agent_token_keys_clear)

/* The text of a message, with the first key; @imei: 15 digits */
gchar *mmfota_agent_token_make (const MmfotaAgentTokenKeys *keys,
                                const gchar                *imei,
                                guint64                     counter,
                                GError                    **error);

typedef enum {
    /* Any other text */
    MMFOTA_AGENT_TOKEN_FOREIGN,
    /* Claims to be one, but is for another device or made with another key */
    MMFOTA_AGENT_TOKEN_FORGED,
    MMFOTA_AGENT_TOKEN_AUTHENTIC,
} MmfotaAgentToken;

/* Sets @counter for an authentic one; ignores white space around @text */
MmfotaAgentToken mmfota_agent_token_verify (const MmfotaAgentTokenKeys *keys,
                                            const gchar                *imei,
                                            const gchar                *text,
                                            guint64                    *counter);

/*****************************************************************************/

/* What must be remembered of a device across restarts; initially all 0. Unix time. */
typedef struct {
    guint64 counter;
    gint64  accepted;
    gint64  day;
    guint   of_day;
} MmfotaAgentTokenMemory;

typedef enum {
    MMFOTA_AGENT_TOKEN_ACCEPTED,
    /* Used before, or older than one that was used */
    MMFOTA_AGENT_TOKEN_USED,
    MMFOTA_AGENT_TOKEN_OLD,
    MMFOTA_AGENT_TOKEN_FUTURE,
    /* May be accepted later */
    MMFOTA_AGENT_TOKEN_TOO_SOON,
} MmfotaAgentTokenVerdict;

/* Judges an authentic one. If it is accepted, @memory is updated and must be stored before the
 * message is acted on. @wait: if too soon, seconds until it should be tried again. A clock that
 * was never set (@now before this program was written) is not trusted. */
MmfotaAgentTokenVerdict mmfota_agent_token_judge (MmfotaAgentTokenMemory *memory,
                                                  guint64                 counter,
                                                  gint64                  now,
                                                  guint                  *wait);

const gchar *mmfota_agent_token_verdict_name (MmfotaAgentTokenVerdict verdict);

/* Whether @number is one of @senders. Digits are compared from the right, at least seven: +86
 * 138… and 138… are the same. An alphanumeric sender never matches. Without @senders, every
 * number does. */
gboolean mmfota_agent_token_is_sender (const gchar *const *senders,
                                       const gchar        *number);

#endif /* MMFOTA_AGENT_TOKEN_H */
