/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "release-xml.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n.h>
#include <libxml/parser.h>

#include "release-text.h"

#define COMPONENT      "FIRMWARE1"
#define PACKAGE_LARGE  (G_GUINT64_CONSTANT (2) * 1024 * 1024 * 1024)
#define SHOWN          80
#define ATTRIBUTES_MAX 256

/*****************************************************************************/
/* Structures */

ReleaseFile *
release_file_new (const gchar *path,
                  const gchar *md5,
                  guint64      size)
{
    ReleaseFile *self = g_new0 (ReleaseFile, 1);

    self->path = g_strdup (path);
    self->md5 = g_ascii_strdown (md5, -1);
    self->size = size;
    return self;
}

void
release_file_free (ReleaseFile *self)
{
    g_free (self->path);
    g_free (self->md5);
    g_free (self);
}

void
release_changelog_free (ReleaseChangelog *self)
{
    g_free (self->component);
    g_free (self->version);
    g_free (self->product);
    g_free (self->update_mode);
    g_free (self->source);
    g_free (self);
}

void
release_filelist_free (ReleaseFilelist *self)
{
    g_free (self->component);
    g_ptr_array_unref (self->files);
    g_free (self);
}

/*****************************************************************************/
/* XML */

typedef xmlDoc XmlDoc;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlDoc, xmlFreeDoc)

static xmlNode *
next_element (xmlNode     *node,
              const gchar *name)
{
    for (; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && g_str_equal ((const gchar *) node->name, name))
            return node;
    }
    return NULL;
}

static xmlNode *
child (xmlNode     *node,
       const gchar *name)
{
    return node ? next_element (node->children, name) : NULL;
}

/* Text without surrounding white space; NULL without the element */
static gchar *
text_of (xmlNode *node)
{
    xmlChar *content = node ? xmlNodeGetContent (node) : NULL;
    gchar   *text = content ? g_strstrip (g_strdup ((const gchar *) content)) : NULL;

    xmlFree (content);
    return text;
}

static gchar *
attribute_of (xmlNode     *node,
              const gchar *name)
{
    xmlChar *value = xmlGetProp (node, (const xmlChar *) name);
    gchar   *text = g_strdup ((const gchar *) value);

    xmlFree (value);
    return text;
}

static void
remember_error (gpointer  user_data,
                xmlError *error)
{
    gchar **message = user_data;

    if (!*message && error->message)
        *message = g_strdup_printf (_("line %d: %s"), error->line, error->message);
}

/* What this parser tolerates, but a simple one would not */
static void
look_at_bytes (const gchar    *what,
               xmlDoc         *doc,
               const guint8   *data,
               gsize           size,
               ReleaseFindings *findings)
{
    const gchar *encoding = (const gchar *) doc->encoding;
    gboolean     ascii = TRUE;
    gboolean     latin1_control = FALSE;
    gsize        i;

    if (size >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0) {
        release_findings_add (findings, "xml-bom", _("%s begins with a byte order mark"), what);
        data += 3;
        size -= 3;
    }
    for (i = 0; i < size; i++) {
        ascii = ascii && data[i] < 0x80;
        latin1_control = latin1_control || (data[i] >= 0x80 && data[i] < 0xa0);
    }
    if (!encoding || (g_ascii_strcasecmp (encoding, "ISO-8859-1") != 0 && g_ascii_strcasecmp (encoding, "UTF-8") != 0 &&
                      g_ascii_strcasecmp (encoding, "US-ASCII") != 0))
        release_findings_add (findings, "xml-declared", _("%s declares the encoding %s"), what, encoding ? encoding : _("not at all"));
    /* In ISO-8859-1 every byte is valid: another encoding shows only by unlikely characters */
    if (!ascii && encoding && g_ascii_strcasecmp (encoding, "ISO-8859-1") == 0 &&
        (latin1_control || g_utf8_validate ((const gchar *) data, (gssize) size, NULL)))
        release_findings_add (findings, "xml-encoding", _("%s declares ISO-8859-1, but its bytes are of another encoding"), what);
}

/* libxml2 compares all attributes of an element with one another: a megabyte of them takes
 * minutes */
static gboolean
has_crowd_of_attributes (const guint8 *data,
                         gsize         size)
{
    gboolean equals = FALSE;
    guint    n = 0;
    gsize    i;

    for (i = 0; i < size && n <= ATTRIBUTES_MAX; i++) {
        if (data[i] == '<')
            n = 0;
        else if (equals && (data[i] == '"' || data[i] == '\''))
            n++;
        if (!g_ascii_isspace (data[i]))
            equals = data[i] == '=';
    }
    return n > ATTRIBUTES_MAX;
}

static XmlDoc *
parse_document (const gchar    *what,
                const guint8   *data,
                gsize           size,
                ReleaseFindings *findings)
{
    g_autofree gchar *message = NULL;
    XmlDoc           *doc;

    if (size > RELEASE_XML_MAX) {
        release_findings_add (findings, "xml-large", _("%s has %zu bytes"), what, size);
        return NULL;
    }
    if (size == 0) {
        release_findings_add (findings, "xml-malformed", _("%s is empty"), what);
        return NULL;
    }
    if (memchr (data, 0, size)) {
        release_findings_add (findings, "xml-nul", _("%s holds NUL bytes"), what);
        return NULL;
    }
    if (has_crowd_of_attributes (data, size)) {
        release_findings_add (findings, "xml-malformed", _("%s has an element with more than %d attributes"), what, ATTRIBUTES_MAX);
        return NULL;
    }
    xmlSetStructuredErrorFunc (&message, (xmlStructuredErrorFunc) remember_error);
    doc = xmlReadMemory ((const gchar *) data, (int) size, NULL, NULL, XML_PARSE_NONET);
    xmlSetStructuredErrorFunc (NULL, NULL);
    if (!doc || !xmlDocGetRootElement (doc)) {
        release_findings_add (findings, "xml-malformed", _("%s is not well-formed XML: %s"), what,
                              message ? g_strstrip (message) : _("no element in it"));
        xmlFreeDoc (doc);
        return NULL;
    }
    if (doc->intSubset) {
        release_findings_add (findings, "xml-doctype", _("%s has a document type"), what);
        xmlFreeDoc (doc);
        return NULL;
    }
    look_at_bytes (what, doc, data, size, findings);
    return doc;
}

static xmlNode *
root_of (const gchar    *what,
         xmlDoc         *doc,
         ReleaseFindings *findings)
{
    xmlNode *root = xmlDocGetRootElement (doc);

    /* As far as is known, the module does not care for the name, only for the contents */
    if (!g_str_equal ((const gchar *) root->name, "root"))
        release_findings_add (findings, "xml-root", _("%s begins with <%s>, not <root>"), what, (const gchar *) root->name);
    return root;
}

/*****************************************************************************/
/* changelog.xml */

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
read_features (ReleaseChangelog *self,
               xmlNode         *features)
{
    xmlNode *node;

    for (node = features ? features->children : NULL; (node = next_element (node, "feature")); node = node->next) {
        g_autofree gchar *text = text_of (node);

        if (!self->product)
            self->product = feature_value (text, "product_name=");
        if (!self->update_mode)
            self->update_mode = feature_value (text, "update_mode=");
        if (!self->source)
            self->source = feature_value (text, "source_version=");
    }
}

static void
check_changelog (const gchar           *what,
                 const ReleaseChangelog *self,
                 gboolean               several,
                 ReleaseFindings        *findings)
{
    g_autofree gchar *version = release_text_printable (self->version, SHOWN);

    if (!release_text_is_value (self->version))
        release_findings_add (findings, "version-characters", _("%s: version \"%s\""), what, version);
    if (several)
        release_findings_add (findings, "xml-components", _("%s has more than one <component>"), what);
    if (!self->product)
        release_findings_add (findings, "product-missing", _("%s: no feature tells product_name"), what);
    if (!self->update_mode || !self->source)
        release_findings_add (findings, "feature-missing", _("%s: no feature tells %s"), what,
                              self->update_mode ? "source_version" : "update_mode");
    if (self->update_mode && !g_str_equal (self->update_mode, "0"))
        release_findings_add (findings, "update-mode", _("%s: update_mode=\"%s\""), what, self->update_mode);
}

ReleaseChangelog *
release_changelog_parse (const gchar    *what,
                         const guint8   *data,
                         gsize           size,
                         ReleaseFindings *findings)
{
    g_autoptr(XmlDoc)          doc = parse_document (what, data, size, findings);
    g_autoptr(ReleaseChangelog) self = NULL;
    xmlNode                   *root;
    xmlNode                   *component;

    if (!doc)
        return NULL;
    root = root_of (what, doc, findings);
    component = child (root, "component");
    if (!component) {
        release_findings_add (findings, "xml-incomplete", _("%s: no <component> in it"), what);
        return NULL;
    }
    self = g_new0 (ReleaseChangelog, 1);
    self->component = attribute_of (component, "name");
    self->version = attribute_of (component, "version");
    if (!self->component || !self->version) {
        release_findings_add (findings, "xml-incomplete", _("%s: <component> without %s"), what,
                              self->component ? "version" : "name");
        return NULL;
    }
    read_features (self, child (child (root, "language"), "features"));
    check_changelog (what, self, next_element (component->next, "component") != NULL, findings);
    return g_steal_pointer (&self);
}

gchar *
release_changelog_build (const gchar        *version,
                         const gchar        *product,
                         const gchar        *source,
                         const gchar *const *features)
{
    GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<root>\n");
    guint    i;

    g_string_append_printf (out, "    <component name=\"" COMPONENT "\" version=\"%s\"/>\n"
                            "    <default-language name=\"de-de\">1031</default-language>\n"
                            "    <language name=\"en-us\" code=\"1033\">\n"
                            "        <features>\n"
                            "            <feature>1.product_name=\"%s\"</feature>\n"
                            "            <feature>2.update_mode=\"0\"</feature>\n",
                            version, product);
    if (source)
        g_string_append_printf (out, "            <feature>3.source_version=\"%s\"</feature>\n", source);
    for (i = 0; features && features[i]; i++)
        g_string_append_printf (out, "            <feature>%s</feature>\n", features[i]);
    g_string_append (out, "            <feature>en-us</feature>\n"
                     "        </features>\n"
                     "    </language>\n"
                     "</root>\n");
    return g_string_free (out, FALSE);
}

/*****************************************************************************/
/* filelist.xml */

static gboolean
leaves_folder (const gchar *path)
{
    g_auto(GStrv)     names = NULL;
    g_autofree gchar *slashes = g_strdelimit (g_strdup (path), "\\", '/');
    guint             i;

    names = g_strsplit (slashes, "/", -1);
    for (i = 0; names[i]; i++) {
        if (g_str_equal (names[i], "..") || strcasestr (names[i], "%2e%2e"))
            return TRUE;
    }
    return FALSE;
}

static void
check_path (const gchar    *what,
            const gchar    *path,
            const gchar    *stripped,
            ReleaseFindings *findings)
{
    g_autofree gchar *shown = release_text_printable (path, SHOWN);

    if (leaves_folder (path))
        release_findings_add (findings, "path-leaves-folder", "%s: <spath>%s</spath>", what, shown);
    else if (!release_text_is_name (stripped, TRUE))
        release_findings_add (findings, "path-characters", "%s: <spath>%s</spath>", what, shown);
    else if (path != stripped)
        release_findings_add (findings, "path-slash", "%s: <spath>%s</spath>", what, shown);
}

static gboolean
md5_is_good (const gchar *md5)
{
    gsize i;

    for (i = 0; md5[i]; i++) {
        if (!g_ascii_isxdigit (md5[i]))
            return FALSE;
    }
    return i == 32;
}

static ReleaseFile *
read_file (const gchar    *what,
           xmlNode        *node,
           ReleaseFindings *findings)
{
    g_autofree gchar *path = text_of (child (node, "spath"));
    g_autofree gchar *md5 = text_of (child (node, "md5"));
    g_autofree gchar *size_text = text_of (child (node, "size"));
    g_autofree gchar *operation = text_of (child (node, "operation"));
    g_autofree gchar *shown = NULL;
    const gchar      *stripped = path;
    guint64           size = 0;

    if (!path || !md5 || !size_text) {
        release_findings_add (findings, "xml-incomplete", _("%s: a <file> without <%s>"), what,
                              !path ? "spath" : !md5 ? "md5" : "size");
        return NULL;
    }
    while (g_str_has_prefix (stripped, "./") || *stripped == '/')
        stripped += *stripped == '/' ? 1 : 2;
    check_path (what, path, stripped, findings);
    shown = release_text_printable (stripped, SHOWN);
    if (!md5_is_good (md5))
        release_findings_add (findings, "md5-form", _("%s: <md5>%s</md5> of %s"), what, md5, shown);
    if (!g_ascii_string_to_unsigned (size_text, 10, 0, G_MAXINT64, &size, NULL))
        release_findings_add (findings, "size-form", _("%s: <size>%s</size> of %s"), what, size_text, shown);
    else if (size == 0)
        release_findings_add (findings, "package-empty", _("%s: %s has 0 bytes"), what, shown);
    else if (size > PACKAGE_LARGE)
        release_findings_add (findings, "package-large", _("%s: %s has %" PRIu64 " bytes"), what, shown, size);
    if (operation && !g_str_equal (operation, "c"))
        release_findings_add (findings, "operation", _("%s: <operation>%s</operation> of %s"), what, operation, shown);
    return release_file_new (stripped, md5, size);
}

static void
look_for_twins (const gchar          *what,
                const ReleaseFilelist *self,
                ReleaseFindings       *findings)
{
    g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    guint                 i;

    for (i = 0; i < self->files->len; i++) {
        const ReleaseFile *file = g_ptr_array_index (self->files, i);

        if (!g_hash_table_add (seen, file->path))
            release_findings_add (findings, "path-twice", _("%s lists %s twice"), what, file->path);
    }
}

ReleaseFilelist *
release_filelist_parse (const gchar    *what,
                        const guint8   *data,
                        gsize           size,
                        ReleaseFindings *findings)
{
    g_autoptr(XmlDoc)         doc = parse_document (what, data, size, findings);
    g_autoptr(ReleaseFilelist) self = NULL;
    xmlNode                  *root;
    xmlNode                  *files;
    xmlNode                  *node;
    gboolean                  whole = TRUE;

    if (!doc)
        return NULL;
    root = root_of (what, doc, findings);
    files = child (root, "files");
    self = g_new0 (ReleaseFilelist, 1);
    self->files = g_ptr_array_new_with_free_func ((GDestroyNotify) release_file_free);
    self->component = text_of (child (child (root, "component"), "name"));
    for (node = files ? files->children : NULL; (node = next_element (node, "file")); node = node->next) {
        ReleaseFile *file = read_file (what, node, findings);

        if (file)
            g_ptr_array_add (self->files, file);
        else
            whole = FALSE;
    }
    if (self->files->len == 0) {
        if (whole)
            release_findings_add (findings, "xml-incomplete", _("%s: no <file> in <files>"), what);
        return NULL;
    }
    look_for_twins (what, self, findings);
    return g_steal_pointer (&self);
}

gchar *
release_filelist_build (GPtrArray *files)
{
    GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<root>\n"
                                 "    <component>\n"
                                 "        <name>" COMPONENT "</name>\n"
                                 "        <compress>0</compress>\n"
                                 "    </component>\n"
                                 "    <files>\n");
    guint    i;

    for (i = 0; i < files->len; i++) {
        const ReleaseFile *file = g_ptr_array_index (files, i);

        g_string_append_printf (out, "        <file>\n"
                                "            <spath>%s</spath>\n"
                                "            <dpath>%s</dpath>\n"
                                "            <operation>c</operation>\n"
                                "            <md5>%s</md5>\n"
                                "            <size>%" G_GUINT64_FORMAT "</size>\n"
                                "        </file>\n",
                                file->path, file->path, file->md5, file->size);
    }
    g_string_append (out, "    </files>\n</root>\n");
    return g_string_free (out, FALSE);
}

/*****************************************************************************/
/* Versions */

/* 1.3.0.0(SP1C02): numbers by value, all else by character */
gint
release_version_compare (const gchar *a,
                         const gchar *b)
{
    while (*a && *b) {
        if (g_ascii_isdigit (*a) && g_ascii_isdigit (*b)) {
            gsize a_length;
            gsize b_length;
            gint  order;

            a += strspn (a, "0");
            b += strspn (b, "0");
            a_length = strspn (a, "0123456789");
            b_length = strspn (b, "0123456789");
            order = a_length == b_length ? strncmp (a, b, a_length) : a_length < b_length ? -1 : 1;
            if (order)
                return order;
            a += a_length;
            b += b_length;
        } else {
            if (*a != *b)
                return (guchar) *a < (guchar) *b ? -1 : 1;
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

/* MT5700M-CN and MT5710_CN: the underscore is ATI's spelling */
gboolean
release_same_product (const gchar *a,
                           const gchar *b)
{
    for (; *a && *b; a++, b++) {
        gchar x = *a == '_' ? '-' : g_ascii_toupper (*a);
        gchar y = *b == '_' ? '-' : g_ascii_toupper (*b);

        if (x != y)
            return FALSE;
    }
    return *a == *b;
}
