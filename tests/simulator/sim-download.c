/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <libsoup/soup.h>
#include <libxml/parser.h>
#include <string.h>

#include "sim-download.h"
#include "sim-ssl.h"

#define MAX_XML   (1024 * 1024)
#define MAX_CHUNK (64 * 1024)
/* Bytes per read of a package: small enough for smooth progress */
#define N_CHUNKS  400

struct _SimDownload {
    SimModule            *module;
    SoupSession          *session;
    GCancellable         *cancellable;
    gchar                *base_url;
    gchar                *filelist;

    SimDownloadQueryFunc  query_func;
    SimDownloadFetchFunc  fetch_func;
    gpointer              user_data;

    /* The package, its current file, and the checksum of what is there of that file */
    SimPackage           *package;
    guint                 file;
    GChecksum            *checksum;
    gboolean              unchecked;
    GInputStream         *stream;
    guint                 pace_timer;
    gdouble               pace_begin;
    gint64                pace_received;
};

/* Data of an asynchronous call; self is valid unless it was cancelled */
typedef struct {
    SimDownload  *self;
    GCancellable *cancellable;
    SoupMessage  *message;
} Call;

G_DEFINE_QUARK (sim-download-error-quark, sim_download_error)

static void read_chunk (SimDownload *self);
static void open_file  (SimDownload *self);

/*****************************************************************************/
/* Packages */

static void
package_file_free (SimPackageFile *file)
{
    g_free (file->path);
    g_free (file->md5);
    g_free (file);
}

SimPackage *
sim_package_new (const gchar *component,
                 const gchar *version)
{
    SimPackage *self;

    self = g_new0 (SimPackage, 1);
    self->component = g_strdup (component);
    self->version = g_strdup (version);
    self->files = g_ptr_array_new_with_free_func ((GDestroyNotify) package_file_free);
    return self;
}

void
sim_package_add (SimPackage  *self,
                 const gchar *path,
                 const gchar *md5,
                 gint64       size)
{
    SimPackageFile *file;

    file = g_new0 (SimPackageFile, 1);
    file->path = g_strdup (path);
    file->md5 = g_strdup (md5);
    file->size = size;
    g_ptr_array_add (self->files, file);
    self->size += size;
}

void
sim_package_free (SimPackage *self)
{
    g_free (self->component);
    g_free (self->version);
    g_free (self->description);
    g_free (self->source_version);
    g_free (self->product);
    g_ptr_array_unref (self->files);
    g_free (self);
}

/*****************************************************************************/
/* XML */

static xmlNode *
child (xmlNode     *node,
       const gchar *name)
{
    xmlNode *iter;

    for (iter = node ? node->children : NULL; iter; iter = iter->next) {
        if (iter->type == XML_ELEMENT_NODE && g_str_equal ((const gchar *) iter->name, name))
            return iter;
    }
    return NULL;
}

static gchar *
node_text (xmlNode *node)
{
    xmlChar *content = node ? xmlNodeGetContent (node) : NULL;
    gchar   *text = content ? g_strstrip (g_strdup ((const gchar *) content)) : NULL;

    xmlFree (content);
    return text;
}

static gchar *
node_attribute (xmlNode     *node,
                const gchar *name)
{
    xmlChar *value = node ? xmlGetProp (node, (const xmlChar *) name) : NULL;
    gchar   *text = g_strdup ((const gchar *) value);

    xmlFree (value);
    return text;
}

static xmlDoc *
parse_xml (const gchar *text)
{
    return xmlReadMemory (text, (int) strlen (text), NULL, NULL,
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

/* 3.source_version="1.1.6.0(SP1C02)" gives the part in quotes */
static gchar *
feature_value (const gchar *feature,
               const gchar *key)
{
    const gchar *found = strstr (feature, key);
    const gchar *begin = found ? strchr (found, '"') : NULL;

    return begin ? g_strndup (begin + 1, strcspn (begin + 1, "\"")) : NULL;
}

static void
read_features (SimPackage *package,
               xmlNode    *features)
{
    g_autoptr(GString) description = NULL;
    xmlNode           *iter;

    description = g_string_new (NULL);
    for (iter = features->children; iter; iter = iter->next) {
        g_autofree gchar *text = NULL;
        g_autofree gchar *mode = NULL;

        if (iter->type != XML_ELEMENT_NODE || !g_str_equal ((const gchar *) iter->name, "feature"))
            continue;
        text = node_text (iter);
        g_string_append_printf (description, "%s%s", description->len ? ";" : "", text);
        mode = feature_value (text, "update_mode=");
        if (mode)
            package->automatic = g_str_equal (mode, "1");
        if (!package->source_version)
            package->source_version = feature_value (text, "source_version=");
        if (!package->product)
            package->product = feature_value (text, "product_name=");
    }
    package->description = g_string_free (g_steal_pointer (&description), FALSE);
}

static SimPackage *
parse_changelog (const gchar *text)
{
    xmlDoc           *doc = parse_xml (text);
    xmlNode          *root = doc ? xmlDocGetRootElement (doc) : NULL;
    xmlNode          *component = child (root, "component");
    xmlNode          *features = child (child (root, "language"), "features");
    g_autofree gchar *name = node_attribute (component, "name");
    g_autofree gchar *version = node_attribute (component, "version");
    SimPackage       *package = NULL;

    if (name && version) {
        package = sim_package_new (name, version);
        if (features)
            read_features (package, features);
        else
            package->description = g_strdup ("");
    }
    xmlFreeDoc (doc);
    return package;
}

static gboolean
parse_filelist (SimPackage  *package,
                const gchar *text)
{
    xmlDoc  *doc = parse_xml (text);
    xmlNode *root = doc ? xmlDocGetRootElement (doc) : NULL;
    xmlNode *files = child (root, "files");
    xmlNode *iter;

    for (iter = files ? files->children : NULL; iter; iter = iter->next) {
        g_autofree gchar *path = NULL;
        g_autofree gchar *md5 = NULL;
        g_autofree gchar *size = NULL;

        if (iter->type != XML_ELEMENT_NODE || !g_str_equal ((const gchar *) iter->name, "file"))
            continue;
        path = node_text (child (iter, "spath"));
        md5 = node_text (child (iter, "md5"));
        size = node_text (child (iter, "size"));
        if (path && md5 && size)
            sim_package_add (package, path, md5, g_ascii_strtoll (size, NULL, 10));
    }
    xmlFreeDoc (doc);
    return package->files->len > 0;
}

/*****************************************************************************/
/* What a strict module would refuse */

static gboolean
xml_is_plain (const gchar *text)
{
    xmlDoc      *doc;
    xmlNode     *component;
    const gchar *encoding;
    gboolean     plain;

    if (g_str_has_prefix (text, "\xef\xbb\xbf") || !g_str_is_ascii (text))
        return FALSE;
    doc = parse_xml (text);
    encoding = doc ? (const gchar *) doc->encoding : NULL;
    component = doc ? child (xmlDocGetRootElement (doc), "component") : NULL;
    for (plain = doc && !doc->intSubset && encoding && g_ascii_strcasecmp (encoding, "ISO-8859-1") == 0;
         plain && component && component->next; component = component->next)
        plain = !g_str_equal ((const gchar *) component->next->name, "component");
    xmlFreeDoc (doc);
    return plain;
}

static gboolean
package_is_plain (SimPackage *package)
{
    guint i;
    const gchar *p;

    for (p = package->version; *p && g_ascii_isprint (*p); p++);
    for (i = 0; i < package->files->len && !*p; i++) {
        const SimPackageFile *file = g_ptr_array_index (package->files, i);

        if (strstr (file->path, "..") || file->size <= 0)
            return FALSE;
        for (p = file->path; *p && (g_ascii_isalnum (*p) || strchr ("._-()+/", *p)); p++);
    }
    return !*p;
}

/*****************************************************************************/
/* HTTP */

static Call *
call_new (SimDownload *self,
          SoupMessage *message)
{
    Call *call;

    call = g_new0 (Call, 1);
    call->self = self;
    call->cancellable = g_object_ref (self->cancellable);
    call->message = message ? g_object_ref (message) : NULL;
    return call;
}

static void
call_free (Call *call)
{
    g_object_unref (call->cancellable);
    g_clear_object (&call->message);
    g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static gboolean
accept_any_certificate (SoupMessage          *message,
                        GTlsCertificate      *certificate,
                        GTlsCertificateFlags  errors,
                        gpointer              user_data)
{
    return TRUE;
}

static SoupSession *
session_new (SimDownload  *self,
             GError      **error)
{
    SimScenario             *scenario = self->module->scenario;
    g_autoptr(GTlsDatabase)  database = NULL;
    SoupSession             *session;

    session = soup_session_new_with_options ("user-agent", scenario->user_agent,
                                             "timeout", (guint) MAX (scenario->server_timeout, 0),
                                             "proxy-resolver", NULL,
                                             NULL);
    soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
    if (sim_ssl_get_mode (self->module->ssl) >= 1 && !sim_ssl_get_missing (self->module->ssl)) {
        database = sim_ssl_get_database (self->module->ssl, error);
        if (!database) {
            g_object_unref (session);
            return NULL;
        }
        soup_session_set_tls_database (session, database);
    }
    return session;
}

static SoupMessage *
message_new (SimDownload  *self,
             const gchar  *path,
             GError      **error)
{
    g_autofree gchar       *url = NULL;
    g_autoptr(SoupMessage)  message = NULL;

    while (g_str_has_prefix (path, "./"))
        path += 2;
    while (*path == '/')
        path++;
    url = g_strdup_printf ("%s%sfull/%s", self->base_url, g_str_has_suffix (self->base_url, "/") ? "" : "/", path);
    message = soup_message_new ("GET", url);
    if (!message) {
        g_set_error (error, SIM_DOWNLOAD_ERROR, SIM_DOWNLOAD_ERROR_NO_FILES, "no URL: %s", url);
        return NULL;
    }
    if (self->module->scenario->strict)
        soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
    switch (sim_ssl_get_mode (self->module->ssl)) {
    case 0:
        g_signal_connect (message, "accept-certificate", G_CALLBACK (accept_any_certificate), NULL);
        break;
    case 2: {
        g_autoptr(GTlsCertificate) certificate = NULL;

        certificate = sim_ssl_get_certificate (self->module->ssl, error);
        if (!certificate)
            return NULL;
        soup_message_set_tls_client_certificate (message, certificate);
        break;
    }
    default:
        break;
    }
    return g_steal_pointer (&message);
}

static gboolean
begin (SimDownload  *self,
       const gchar  *base_url,
       GError      **error)
{
    sim_download_cancel (self);
    g_free (self->base_url);
    self->base_url = g_strdup (base_url);
    self->cancellable = g_cancellable_new ();
    if (g_ascii_strncasecmp (base_url, "https:", 6) == 0 && sim_ssl_get_missing (self->module->ssl)) {
        g_set_error (error, SIM_DOWNLOAD_ERROR, SIM_DOWNLOAD_ERROR_NO_FILES,
                     "%s is missing", sim_ssl_get_missing (self->module->ssl));
        return FALSE;
    }
    self->session = session_new (self, error);
    return self->session != NULL;
}

/* Problems with certificates count as files not obtained (guide: check URL, port, certificates) */
static SimDownloadError
classify (const GError *error)
{
    if (error->domain == SIM_DOWNLOAD_ERROR)
        return (SimDownloadError) error->code;
    if (error->domain == G_TLS_ERROR || error->domain == SOUP_SESSION_ERROR)
        return SIM_DOWNLOAD_ERROR_NO_FILES;
    return SIM_DOWNLOAD_ERROR_UNREACHABLE;
}

/*****************************************************************************/
/* Query */

static void
end_query (SimDownload  *self,
           SimPackage   *package,
           const GError *error)
{
    SimDownloadQueryFunc func = self->query_func;

    if (error)
        sim_log_event (self->module->log, self->module->index, "query-failed", "message", "s", error->message, NULL);
    sim_download_cancel (self);
    func (package, error, self->user_data);
}

static void
fail_query (SimDownload  *self,
            const GError *cause)
{
    g_autoptr(GError) error = NULL;

    error = g_error_new_literal (SIM_DOWNLOAD_ERROR, (gint) classify (cause), cause->message);
    end_query (self, NULL, error);
}

static gchar *
finish_text (SimDownload   *self,
             Call          *call,
             GAsyncResult  *result,
             GError       **error)
{
    g_autoptr(GBytes) bytes = NULL;
    guint             status;

    bytes = soup_session_send_and_read_finish (self->session, result, error);
    if (!bytes)
        return NULL;
    status = soup_message_get_status (call->message);
    if (status != SOUP_STATUS_OK || g_bytes_get_size (bytes) > MAX_XML) {
        g_set_error (error, SIM_DOWNLOAD_ERROR, SIM_DOWNLOAD_ERROR_NO_FILES, "status %u", status);
        return NULL;
    }
    /* An empty file has no data */
    return g_strndup (g_bytes_get_size (bytes) ? g_bytes_get_data (bytes, NULL) : "", g_bytes_get_size (bytes));
}

static void
get_text (SimDownload         *self,
          const gchar         *path,
          GAsyncReadyCallback  callback)
{
    g_autoptr(SoupMessage) message = NULL;
    g_autoptr(GError)      error = NULL;

    message = message_new (self, path, &error);
    if (!message) {
        fail_query (self, error);
        return;
    }
    soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT, self->cancellable,
                                      callback, call_new (self, message));
}

static void
changelog_ready (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
    g_autoptr(Call)       call = user_data;
    g_autoptr(GError)     error = NULL;
    g_autoptr(SimPackage) package = NULL;
    g_autofree gchar     *text = NULL;
    SimDownload          *self = call->self;

    if (g_cancellable_is_cancelled (call->cancellable))
        return;
    text = finish_text (self, call, result, &error);
    if (!text) {
        fail_query (self, error);
        return;
    }
    package = parse_changelog (text);
    if (!package || !parse_filelist (package, self->filelist) ||
        (self->module->scenario->strict &&
         !(xml_is_plain (text) && xml_is_plain (self->filelist) && package_is_plain (package)))) {
        error = g_error_new_literal (SIM_DOWNLOAD_ERROR, SIM_DOWNLOAD_ERROR_NO_FILES, "no package in the XML files");
        fail_query (self, error);
        return;
    }
    end_query (self, g_steal_pointer (&package), NULL);
}

static void
filelist_ready (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
    g_autoptr(Call)   call = user_data;
    g_autoptr(GError) error = NULL;
    SimDownload      *self = call->self;

    if (g_cancellable_is_cancelled (call->cancellable))
        return;
    self->filelist = finish_text (self, call, result, &error);
    if (!self->filelist) {
        fail_query (self, error);
        return;
    }
    get_text (self, "changelog.xml", changelog_ready);
}

void
sim_download_query (SimDownload          *self,
                    const gchar          *base_url,
                    SimDownloadQueryFunc  func,
                    gpointer              user_data)
{
    g_autoptr(GError) error = NULL;
    gboolean          begun;

    begun = begin (self, base_url, &error);
    self->query_func = func;
    self->user_data = user_data;
    if (begun)
        get_text (self, "filelist.xml", filelist_ready);
    else
        fail_query (self, error);
}

/*****************************************************************************/
/* Download */

static SimPackageFile *
current_file (SimDownload *self)
{
    return g_ptr_array_index (self->package->files, self->file);
}

static gint64
total_received (SimDownload *self)
{
    gint64 sum = 0;
    guint  i;

    for (i = 0; i < self->package->files->len; i++)
        sum += ((SimPackageFile *) g_ptr_array_index (self->package->files, i))->received;
    return sum;
}

static void
end_fetch (SimDownload      *self,
           SimDownloadError  code,
           const gchar      *message)
{
    SimDownloadFetchFunc func = self->fetch_func;
    g_autoptr(GError)    error = NULL;

    if (message) {
        error = g_error_new_literal (SIM_DOWNLOAD_ERROR, (gint) code, message);
        sim_log_event (self->module->log, self->module->index, "download-failed", "message", "s", message, NULL);
    }
    sim_download_cancel (self);
    func (error, self->user_data);
}

static void
end_file (SimDownload *self)
{
    SimPackageFile *file = current_file (self);

    if (file->received < file->size) {
        end_fetch (self, SIM_DOWNLOAD_ERROR_INTERRUPTED, "the connection ended early");
        return;
    }
    if (!self->unchecked && g_ascii_strcasecmp (g_checksum_get_string (self->checksum), file->md5) != 0) {
        end_fetch (self, SIM_DOWNLOAD_ERROR_WRONG, "wrong MD5");
        return;
    }
    g_clear_object (&self->stream);
    g_clear_pointer (&self->checksum, g_checksum_free);
    self->unchecked = FALSE;
    if (self->file + 1 == self->package->files->len) {
        end_fetch (self, 0, NULL);
        return;
    }
    self->file++;
    open_file (self);
}

static void
pace_due (gpointer user_data)
{
    SimDownload *self = user_data;

    self->pace_timer = 0;
    read_chunk (self);
}

/* Takes as long as the scenario says, unless the server is slower */
static void
pace (SimDownload *self)
{
    SimModule *module = self->module;
    gdouble    due;
    gdouble    now;

    due = self->pace_begin + module->scenario->download_seconds *
          (gdouble) (total_received (self) - self->pace_received) / (gdouble) MAX (self->package->size, 1);
    now = sim_clock_now (module->clock);
    self->pace_timer = sim_clock_add (module->clock, due - now, pace_due, self);
}

static void
chunk_ready (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
    g_autoptr(Call)   call = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = NULL;
    SimDownload      *self = call->self;
    SimPackageFile   *file;
    gsize             length;

    if (g_cancellable_is_cancelled (call->cancellable))
        return;
    bytes = g_input_stream_read_bytes_finish (self->stream, result, &error);
    if (!bytes) {
        end_fetch (self, SIM_DOWNLOAD_ERROR_INTERRUPTED, error->message);
        return;
    }
    file = current_file (self);
    length = g_bytes_get_size (bytes);
    if (length == 0) {
        end_file (self);
        return;
    }
    g_checksum_update (self->checksum, g_bytes_get_data (bytes, NULL), (gssize) length);
    file->received += (gint64) length;
    if (file->received > file->size) {
        end_fetch (self, SIM_DOWNLOAD_ERROR_WRONG, "longer than announced");
        return;
    }
    pace (self);
}

static void
read_chunk (SimDownload *self)
{
    gint64 length = CLAMP (self->package->size / N_CHUNKS, 1, MAX_CHUNK);

    g_input_stream_read_bytes_async (self->stream, (gsize) length, G_PRIORITY_DEFAULT, self->cancellable,
                                     chunk_ready, call_new (self, NULL));
}

static void
start_file (SimDownload *self)
{
    current_file (self)->received = 0;
    g_clear_pointer (&self->checksum, g_checksum_free);
    self->checksum = g_checksum_new (G_CHECKSUM_MD5);
    self->unchecked = FALSE;
}

static void
file_ready (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
    g_autoptr(Call)     call = user_data;
    g_autoptr(GError)   error = NULL;
    SimDownload        *self = call->self;
    SoupMessageHeaders *headers;
    SimPackageFile     *file;
    guint               status;

    if (g_cancellable_is_cancelled (call->cancellable))
        return;
    self->stream = soup_session_send_finish (self->session, result, &error);
    if (!self->stream) {
        end_fetch (self, SIM_DOWNLOAD_ERROR_INTERRUPTED, error->message);
        return;
    }
    file = current_file (self);
    status = soup_message_get_status (call->message);
    headers = soup_message_get_response_headers (call->message);
    if (status == SOUP_STATUS_OK && file->received > 0)
        /* The server does not support ranges: start over */
        start_file (self);
    else if (status != SOUP_STATUS_OK && status != SOUP_STATUS_PARTIAL_CONTENT) {
        g_autofree gchar *message = g_strdup_printf ("status %u", status);

        end_fetch (self, SIM_DOWNLOAD_ERROR_WRONG, message);
        return;
    }
    if (self->module->scenario->strict && soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH) {
        end_fetch (self, SIM_DOWNLOAD_ERROR_WRONG, "no size");
        return;
    }
    if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
        soup_message_headers_get_content_length (headers) != file->size - file->received) {
        end_fetch (self, SIM_DOWNLOAD_ERROR_WRONG, "wrong size");
        return;
    }
    read_chunk (self);
}

static void
open_file (SimDownload *self)
{
    g_autoptr(SoupMessage) message = NULL;
    g_autoptr(GError)      error = NULL;
    SimPackageFile        *file = current_file (self);

    if (!self->checksum)
        self->checksum = g_checksum_new (G_CHECKSUM_MD5);
    if (file->received == file->size && file->size > 0) {
        end_file (self);
        return;
    }
    message = message_new (self, file->path, &error);
    if (!message) {
        end_fetch (self, SIM_DOWNLOAD_ERROR_WRONG, error->message);
        return;
    }
    if (file->received > 0)
        soup_message_headers_set_range (soup_message_get_request_headers (message), file->received, -1);
    soup_session_send_async (self->session, message, G_PRIORITY_DEFAULT, self->cancellable,
                             file_ready, call_new (self, message));
}

void
sim_download_fetch (SimDownload          *self,
                    const gchar          *base_url,
                    SimPackage           *package,
                    SimDownloadFetchFunc  func,
                    gpointer              user_data)
{
    g_autoptr(GError) error = NULL;
    gboolean          begun;

    begun = begin (self, base_url, &error);
    self->fetch_func = func;
    self->user_data = user_data;
    self->package = package;
    if (!begun) {
        end_fetch (self, SIM_DOWNLOAD_ERROR_INTERRUPTED, error->message);
        return;
    }
    self->file = MIN (self->file, package->files->len - 1);
    self->pace_begin = sim_clock_now (self->module->clock);
    self->pace_received = total_received (self);
    open_file (self);
}

/*****************************************************************************/
/* Life cycle */

guint
sim_download_get_file (SimDownload *self)
{
    return self->file;
}

void
sim_download_cancel (SimDownload *self)
{
    sim_clock_clear (self->module->clock, &self->pace_timer);
    if (self->cancellable)
        g_cancellable_cancel (self->cancellable);
    g_clear_object (&self->cancellable);
    g_clear_object (&self->stream);
    if (self->session)
        soup_session_abort (self->session);
    g_clear_object (&self->session);
    g_clear_pointer (&self->filelist, g_free);
}

void
sim_download_reset (SimDownload *self)
{
    sim_download_cancel (self);
    g_clear_pointer (&self->checksum, g_checksum_free);
    self->unchecked = FALSE;
    self->file = 0;
}

void
sim_download_adopt (SimDownload *self)
{
    self->unchecked = TRUE;
}

SimDownload *
sim_download_new (SimModule *module)
{
    SimDownload *self;

    self = g_new0 (SimDownload, 1);
    self->module = module;
    return self;
}

void
sim_download_free (SimDownload *self)
{
    sim_download_reset (self);
    g_free (self->base_url);
    g_free (self);
}
