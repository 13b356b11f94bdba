/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-config.h"

#include <string.h>

#include "mmfota-agent-values.h"
#include "mmfota-text.h"

#define FILE_MAX (1024u * 1024u)
/* Longest error message, in characters */
#define MESSAGE_MAX 1000

/* One value, and where it was read */
typedef struct {
    gchar *value;
    gchar *origin;
} Entry;

struct _MmfotaAgentConfig {
    gatomicrefcount      references;
    GHashTable          *entries;   /* "group\nkey" → Entry; the group may have an IMEI */
    MmfotaAgentSettings *common;
    GHashTable          *modules;   /* IMEI → MmfotaAgentSettings */
};

static void
entry_free (Entry *entry)
{
    g_free (entry->value);
    g_free (entry->origin);
    g_free (entry);
}

/*****************************************************************************/
/* Groups */

static gboolean
is_imei (const gchar *text)
{
    gsize length = strlen (text);

    return length >= 14 && length <= 16 && strspn (text, "0123456789") == length;
}

/* "policy", or "policy 860000000000001" */
static gboolean
split_group (const gchar  *group,
             gchar       **name,
             gchar       **imei)
{
    const gchar *blank = strchr (group, ' ');

    *name = blank ? g_strndup (group, (gsize) (blank - group)) : g_strdup (group);
    *imei = blank ? g_strdup (blank + 1) : NULL;
    return !*imei || is_imei (*imei);
}

static gchar *
known_groups (void)
{
    GString *text = g_string_new (NULL);
    guint    i;

    for (i = 0; i < mmfota_agent_n_keys; i++) {
        if (i == 0 || !g_str_equal (mmfota_agent_keys[i].group, mmfota_agent_keys[i - 1].group))
            g_string_append_printf (text, "%s[%s]", i ? ", " : "", mmfota_agent_keys[i].group);
    }
    return g_string_free (text, FALSE);
}

static gchar *
known_keys (const gchar *group)
{
    GString *text = g_string_new (NULL);
    guint    i;

    for (i = 0; i < mmfota_agent_n_keys; i++) {
        if (g_str_equal (mmfota_agent_keys[i].group, group))
            g_string_append_printf (text, "%s%s", text->len ? ", " : "", mmfota_agent_keys[i].key);
    }
    return g_string_free (text, FALSE);
}

static const MmfotaAgentKey *
find_key (const gchar *group,
          const gchar *key)
{
    guint i;

    for (i = 0; i < mmfota_agent_n_keys; i++) {
        if (g_str_equal (mmfota_agent_keys[i].group, group) && g_str_equal (mmfota_agent_keys[i].key, key))
            return &mmfota_agent_keys[i];
    }
    return NULL;
}

static gboolean
check_group (const gchar  *origin,
             const gchar  *group,
             GError      **error)
{
    g_autofree gchar *name = NULL;
    g_autofree gchar *imei = NULL;
    g_autofree gchar *keys = NULL;
    g_autofree gchar *groups = NULL;

    if (!split_group (group, &name, &imei)) {
        g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                     "%s: group [%s]: '%s' is no IMEI (14 to 16 digits)", origin, group, imei);
        return FALSE;
    }
    keys = known_keys (name);
    if (keys[0])
        return TRUE;
    groups = known_groups ();
    g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                 "%s: unknown group [%s]: allowed are %s, and each with an IMEI for one module", origin, group, groups);
    return FALSE;
}

/*****************************************************************************/
/* Files */

static gboolean
take_group (MmfotaAgentConfig  *self,
            GKeyFile           *file,
            const gchar        *origin,
            const gchar        *group,
            GError            **error)
{
    g_autofree gchar *name = NULL;
    g_autofree gchar *imei = NULL;
    g_auto(GStrv)     keys = NULL;
    guint             i;

    if (!check_group (origin, group, error))
        return FALSE;
    split_group (group, &name, &imei);
    keys = g_key_file_get_keys (file, group, NULL, NULL);
    for (i = 0; keys && keys[i]; i++) {
        g_autoptr(GError) local = NULL;
        g_autofree gchar *value = NULL;
        Entry            *entry;

        if (!find_key (name, keys[i])) {
            g_autofree gchar *known = known_keys (name);

            g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                         "%s: group [%s]: unknown key '%s': allowed are %s", origin, group, keys[i], known);
            return FALSE;
        }
        value = g_key_file_get_string (file, group, keys[i], &local);
        if (!value || local) {
            g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                         "%s: group [%s]: key '%s': %s", origin, group, keys[i], local->message);
            return FALSE;
        }
        entry = g_new0 (Entry, 1);
        entry->value = g_strdup (g_strstrip (value));
        entry->origin = g_strdup (origin);
        g_hash_table_insert (self->entries, g_strdup_printf ("%s\n%s", group, keys[i]), entry);
    }
    return TRUE;
}

static gboolean
take_text (MmfotaAgentConfig  *self,
           const gchar        *origin,
           const gchar        *text,
           gsize               length,
           GError            **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new ();
    g_autoptr(GError)   local = NULL;
    g_auto(GStrv)       groups = NULL;
    guint               i;

    if (length > FILE_MAX || !g_utf8_validate_len (text, length, NULL)) {
        g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                     "%s: no UTF-8 text of %u bytes at most", origin, FILE_MAX);
        return FALSE;
    }
    if (length && !g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, &local)) {
        g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                     "%s: %s", origin, local->message);
        return FALSE;
    }
    groups = g_key_file_get_groups (file, NULL);
    for (i = 0; groups[i]; i++) {
        if (!take_group (self, file, origin, groups[i], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_failed (const GError  *why,
             GError       **error)
{
    g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_READ,
                 "couldn't read the configuration: %s", why->message);
    return FALSE;
}

static gboolean
take_file (MmfotaAgentConfig  *self,
           const gchar        *path,
           gboolean            must_exist,
           GError            **error)
{
    g_autofree gchar  *text = NULL;
    g_autoptr(GError)  local = NULL;
    gsize              length;

    if (g_file_get_contents (path, &text, &length, &local))
        return take_text (self, path, text, length, error);
    if (!must_exist && g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
    return read_failed (local, error);
}

static gint
compare_names (gconstpointer a,
               gconstpointer b)
{
    return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

static gboolean
take_folder (MmfotaAgentConfig  *self,
             const gchar        *path,
             GError            **error)
{
    g_autoptr(GDir)      folder = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    g_autoptr(GError)    local = NULL;
    const gchar         *name;
    guint                i;

    folder = g_dir_open (path, 0, &local);
    if (!folder) {
        if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return TRUE;
        return read_failed (local, error);
    }
    while ((name = g_dir_read_name (folder))) {
        if (g_str_has_suffix (name, ".conf") && name[0] != '.')
            g_ptr_array_add (names, g_strdup (name));
    }
    g_ptr_array_sort (names, compare_names);
    for (i = 0; i < names->len; i++) {
        g_autofree gchar *file = g_build_filename (path, names->pdata[i], NULL);

        if (!take_file (self, file, TRUE, error))
            return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* Settings */

static gboolean
apply (MmfotaAgentConfig    *self,
       MmfotaAgentSettings  *settings,
       const gchar          *imei,
       GError              **error)
{
    guint i;

    for (i = 0; i < mmfota_agent_n_keys; i++) {
        const MmfotaAgentKey *key = &mmfota_agent_keys[i];
        g_autofree gchar     *group = imei ? g_strdup_printf ("%s %s", key->group, imei) : g_strdup (key->group);
        g_autofree gchar     *name = g_strdup_printf ("%s\n%s", group, key->key);
        g_autoptr(GError)     local = NULL;
        const Entry          *entry = g_hash_table_lookup (self->entries, name);

        if (!entry || mmfota_agent_key_set (key, settings, entry->value, &local))
            continue;
        g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                     "%s: group [%s]: key '%s': %s", entry->origin, group, key->key, local->message);
        return FALSE;
    }
    return TRUE;
}

static MmfotaAgentSettings *
make_settings (MmfotaAgentConfig  *self,
               const gchar        *imei,
               GError            **error)
{
    g_autoptr(MmfotaAgentSettings)  settings = mmfota_agent_settings_new ();
    g_autoptr(GError)               local = NULL;

    if (!apply (self, settings, NULL, error) || (imei && !apply (self, settings, imei, error)))
        return NULL;
    if (!mmfota_agent_settings_check (settings, &local)) {
        g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID, "%s%s%s%s",
                     imei ? "for module " : "", imei ? imei : "", imei ? ": " : "", local->message);
        return NULL;
    }
    return g_steal_pointer (&settings);
}

static gboolean
make_all_settings (MmfotaAgentConfig  *self,
                   GError            **error)
{
    GHashTableIter  iter;
    gpointer        name;

    self->common = make_settings (self, NULL, error);
    if (!self->common)
        return FALSE;
    g_hash_table_iter_init (&iter, self->entries);
    while (g_hash_table_iter_next (&iter, &name, NULL)) {
        g_autofree gchar    *group = g_strndup (name, strcspn (name, "\n"));
        g_autofree gchar    *base = NULL;
        g_autofree gchar    *imei = NULL;
        MmfotaAgentSettings *settings;

        split_group (group, &base, &imei);
        if (!imei || g_hash_table_contains (self->modules, imei))
            continue;
        settings = make_settings (self, imei, error);
        if (!settings)
            return FALSE;
        g_hash_table_insert (self->modules, g_steal_pointer (&imei), settings);
    }
    return TRUE;
}

/*****************************************************************************/
/* Life */

static MmfotaAgentConfig *
config_new (void)
{
    MmfotaAgentConfig *self = g_new0 (MmfotaAgentConfig, 1);

    g_atomic_ref_count_init (&self->references);
    self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) entry_free);
    self->modules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) mmfota_agent_settings_free);
    return self;
}

/* Shown on terminals and in logs: text from a file must neither control nor flood them */
static void
make_readable (GError **error)
{
    g_autofree gchar *text = error ? mmfota_text_printable ((*error)->message) : NULL;

    if (!text)
        return;
    if (g_utf8_strlen (text, -1) > MESSAGE_MAX)
        memcpy (g_utf8_offset_to_pointer (text, MESSAGE_MAX - 3), "...", sizeof ("..."));
    g_free ((*error)->message);
    (*error)->message = g_steal_pointer (&text);
}

MmfotaAgentConfig *
mmfota_agent_config_load (const gchar  *file,
                          GError      **error)
{
    g_autofree gchar  *text = NULL;
    g_autoptr(GError)  local = NULL;
    gsize              length;

    if (!file)
        return mmfota_agent_config_load_from (MMFOTA_AGENT_CONFIG_VENDOR, MMFOTA_AGENT_CONFIG_FILE, MMFOTA_AGENT_CONFIG_DIR, error);
    if (!g_file_get_contents (file, &text, &length, &local)) {
        read_failed (local, error);
        make_readable (error);
        return NULL;
    }
    return mmfota_agent_config_parse (file, text, length, error);
}

MmfotaAgentConfig *
mmfota_agent_config_load_from (const gchar  *vendor,
                               const gchar  *file,
                               const gchar  *folder,
                               GError      **error)
{
    g_autoptr(MmfotaAgentConfig) self = config_new ();

    if (!take_folder (self, vendor, error) || !take_file (self, file, FALSE, error) || !take_folder (self, folder, error) ||
        !make_all_settings (self, error)) {
        make_readable (error);
        return NULL;
    }
    return g_steal_pointer (&self);
}

MmfotaAgentConfig *
mmfota_agent_config_parse (const gchar  *origin,
                           const gchar  *text,
                           gsize         length,
                           GError      **error)
{
    g_autoptr(MmfotaAgentConfig) self = config_new ();

    if (!take_text (self, origin, text, length, error) || !make_all_settings (self, error)) {
        make_readable (error);
        return NULL;
    }
    return g_steal_pointer (&self);
}

MmfotaAgentConfig *
mmfota_agent_config_ref (MmfotaAgentConfig *self)
{
    g_atomic_ref_count_inc (&self->references);
    return self;
}

void
mmfota_agent_config_unref (MmfotaAgentConfig *self)
{
    if (!g_atomic_ref_count_dec (&self->references))
        return;
    g_hash_table_unref (self->entries);
    g_hash_table_unref (self->modules);
    g_clear_pointer (&self->common, mmfota_agent_settings_free);
    g_free (self);
}

const MmfotaAgentSettings *
mmfota_agent_config_peek (MmfotaAgentConfig *self,
                          const gchar       *imei)
{
    const MmfotaAgentSettings *settings = imei ? g_hash_table_lookup (self->modules, imei) : NULL;

    return settings ? settings : self->common;
}

/*****************************************************************************/
/* Showing */

static void
append_group (MmfotaAgentConfig *self,
              GString           *text,
              const gchar       *base,
              const gchar       *imei)
{
    g_autofree gchar *group = imei ? g_strdup_printf ("%s %s", base, imei) : g_strdup (base);
    gboolean          begun = FALSE;
    guint             i;

    for (i = 0; i < mmfota_agent_n_keys; i++) {
        const MmfotaAgentKey *key = &mmfota_agent_keys[i];
        g_autofree gchar     *name = g_strdup_printf ("%s\n%s", group, key->key);
        const Entry          *entry = g_hash_table_lookup (self->entries, name);
        g_autofree gchar     *value = NULL;

        if (!g_str_equal (key->group, base) || (imei && !entry))
            continue;
        if (!begun)
            g_string_append_printf (text, "%s[%s]\n", text->len ? "\n" : "", group);
        begun = TRUE;
        value = mmfota_agent_key_mask (key, entry ? entry->value : key->fallback);
        g_string_append_printf (text, "# %s\n%s=%s\n", entry ? entry->origin : "default", key->key, value);
    }
}

gchar *
mmfota_agent_config_to_text (MmfotaAgentConfig *self)
{
    GString            *text = g_string_new (NULL);
    g_autoptr(GList)    imeis = g_list_sort (g_hash_table_get_keys (self->modules), (GCompareFunc) strcmp);
    GList              *l;
    guint               i;

    for (i = 0; i < mmfota_agent_n_keys; i++) {
        const gchar *group = mmfota_agent_keys[i].group;

        if (i && g_str_equal (group, mmfota_agent_keys[i - 1].group))
            continue;
        append_group (self, text, group, NULL);
        for (l = imeis; l; l = l->next)
            append_group (self, text, group, l->data);
    }
    return g_string_free (text, FALSE);
}
