/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "release-finding.h"

#include "release-text.h"

#define WHAT_MAX 600

#define NOTE    RELEASE_SEVERITY_NOTE
#define WARNING RELEASE_SEVERITY_WARNING
#define ERROR   RELEASE_SEVERITY_ERROR

/*****************************************************************************/
/* The table */

static const ReleaseFindingKind kinds[] = {
    /* The folder */
    { "release-missing", ERROR, "the module fetches URL/full/…: without that folder it stops with 13,51",
      "put the release as TD Tech ships it into a folder full/ there, or use --make" },
    { "file-missing", ERROR, "the module fetches exactly this name and stops with 13,51 or 20",
      "copy the file from the release, under exactly this name" },
    { "file-case", ERROR, "names on a web server are told apart by capital and small letters, unlike on Windows",
      "rename the file to what is fetched" },
    { "file-kind", ERROR, "a web server delivers regular files only",
      "put the file itself there" },
    { "file-unreadable", ERROR, "what can't be read can't be delivered",
      "chmod a+r the file, and a+x each folder above it" },
    { "file-mode", WARNING, "the web server runs as a user of its own (www-data) and may answer 403",
      "chmod a+r the file, and a+rx the folders full/ and above" },
    { "file-extra", NOTE, "no module fetches it, everybody can",
      "move it elsewhere if it was not meant to be public" },

    /* The XML files */
    { "xml-malformed", ERROR, "the module can't read it and stops with 13,51",
      "take the file from the release again, or make it anew with --make" },
    { "xml-root", WARNING, "the module looks for its elements below <root>",
      "compare with the release: the document element is <root>" },
    { "xml-incomplete", ERROR, "without this element the module finds no firmware and stops with 13,51",
      "compare with the release, or make it anew with --make" },
    { "xml-nul", ERROR, "text with NUL bytes (UTF-16) ends for the module at the first of them",
      "store it as ISO-8859-1, as it was declared, without wide characters" },
    { "xml-large", ERROR, "these files have some hundred bytes; the module does not take megabytes",
      "take the file from the release again" },
    { "xml-doctype", ERROR, "a document type with entities is no part of the format, and a way to attack parsers",
      "remove the <!DOCTYPE …>" },
    { "xml-bom", WARNING, "an editor put a byte order mark before <?xml: a simple parser stumbles over it",
      "store the file without BOM" },
    { "xml-encoding", WARNING, "other bytes than the declared encoding has: names and texts arrive broken",
      "keep to ASCII, or store the file in the encoding it declares" },
    { "xml-declared", WARNING, "TD Tech's files say ISO-8859-1, and which encodings the module knows is not known",
      "declare encoding=\"ISO-8859-1\"" },
    { "xml-components", WARNING, "the module upgrades one component; which of several it takes is not known",
      "a folder for each component" },
    { "component-differs", WARNING, "changelog.xml and filelist.xml are of two releases, it seems",
      "take both files from the same release" },

    /* What they say */
    { "version-characters", ERROR, "the version is told by AT commands: quotes, controls and other than ASCII break them",
      "use the version as AT^VERSION? tells it, as 1.3.0.0(SP1C02)" },
    { "version-differs", WARNING, "the files disagree about which version this is: clients that expect one refuse it",
      "make changelog.xml and release.json say the same, then --sign again" },
    { "version-same", ERROR, "the module answers 14: nothing newer",
      "nothing, if that is meant; otherwise put the newer release there" },
    { "version-not-newer", WARNING, "the module may answer 14, nothing newer, or go back to an older firmware",
      "check that this is the release that you meant" },
    { "product-differs", ERROR, "firmware of another model: the module refuses it",
      "give each model a folder of its own" },
    { "product-missing", WARNING, "nothing says which model it is for: a module of another one may take it",
      "add <feature>1.product_name=\"…\"</feature>" },
    { "source-differs", ERROR, "the release upgrades one certain version, and the module runs another: it refuses",
      "offer the release for the version that runs, or step by step" },
    { "update-mode", WARNING, "update_mode 1 flashes by itself after the download, whatever goes on at the host",
      "set 2.update_mode=\"0\" unless that is wanted" },
    { "feature-missing", WARNING, "TD Tech's releases have these four features",
      "compare with the release" },

    /* The files that are listed */
    { "path-leaves-folder", ERROR, "nothing outside full/ may be delivered, and a web server refuses such a path",
      "name the file as it lies in full/" },
    { "path-characters", ERROR, "blanks, letters beyond ASCII, ?, # and % mean something else in a URL",
      "rename the file, and name it so in filelist.xml: letters, digits and . _ - ( ) + only" },
    { "path-slash", WARNING, "the module may add the path to the URL as it is: full//…",
      "name the file without ./ or / before it" },
    { "path-twice", WARNING, "the module fetches it twice",
      "list each file once" },
    { "operation", WARNING, "TD Tech's lists have operation c (copy); what another does is not known",
      "set <operation>c</operation>" },
    { "md5-form", ERROR, "an MD5 sum has 32 hexadecimal digits: the module compares and stops with 20",
      "write what md5sum says" },
    { "md5-differs", ERROR, "the module downloads everything, finds the sum wrong and stops with 20",
      "write what md5sum says, or copy the package again if it is broken" },
    { "size-form", ERROR, "the size is a number of bytes in decimal digits",
      "write what stat -c %s says" },
    { "size-differs", ERROR, "the module finds another size and stops with 20",
      "write what stat -c %s says, or copy the package again if it is cut" },
    { "package-empty", ERROR, "there is nothing to flash",
      "copy the package again" },
    { "package-large", WARNING, "packages have some 62 MB; the module may have no room for this one",
      "check that this is the package" },

    /* Signature */
    { "sums-malformed", WARNING, "agents that want a signature can't read the list and refuse the release",
      "make it anew with --sign" },
    { "sums-differ", WARNING, "agents that want a signature refuse the release",
      "--sign again after each change" },
    { "sums-incomplete", WARNING, "what is not in the list is not signed",
      "make it anew with --sign" },
    { "manifest-malformed", WARNING, "agents that want a signature can't read release.json",
      "make it anew with --make or --sign" },
    { "manifest-over", WARNING, "agents refuse a release after the day that it names",
      "--sign again with a later --not-after" },

    /* Network and HTTP */
    { "net-no-address", ERROR, "the module can't find the server: 13,13",
      "check the name and the DNS" },
    { "net-unreachable", ERROR, "nobody answers: 13,13",
      "check that the server runs (--diagnose), its port and the firewall" },
    { "net-one-family", WARNING, "the name has addresses of IPv4 and IPv6, but only one of them works: which one the module takes depends on its network",
      "let the server listen on both (--site), or take the address that does not work out of the DNS" },
    { "net-ipv4-only", NOTE, "in a network with IPv6 only the module reaches it by the operator's translation, if at all",
      "give the server an IPv6 address, too" },
    { "net-ipv6-only", WARNING, "a module whose session has IPv4 only does not reach it: 13,13",
      "give the server an IPv4 address, too" },
    { "net-differs", WARNING, "over IPv4 and IPv6 different sites answer",
      "let the same server block listen on both" },
    { "http-protocol", ERROR, "the module speaks HTTP/1.1",
      "switch HTTP/1.1 on (nginx: no http2 on a listen without ssl), and check that the port is that of the web server" },
    { "http2-only", ERROR, "the server speaks HTTP/2 only, and the module speaks HTTP/1.1",
      "let the server (or the proxy before it) take http/1.1, too: in TLS it is chosen by ALPN" },
    { "http-tls-port", ERROR, "the port speaks TLS: with http:// nobody gets anything there",
      "use an https URL" },
    { "http-forbidden", ERROR, "the module stops with 13,51",
      "chmod a+rX the folder for the web server's user, see --diagnose; take out rules that want a user or an address" },
    { "http-not-found", ERROR, "the module stops with 13,51",
      "compare location and alias: both end with /, and alias names the folder above full/; names as in the release" },
    { "http-status", ERROR, "the module takes files with status 200 only",
      "look into the web server's error log" },
    { "http-redirect", WARNING, "nothing says that the module follows redirects",
      "give the module the URL where the files are" },
    { "http-broken", ERROR, "the connection ends before the file: the module stops with 13,51 or never gets to 40",
      "look for a proxy between that cuts, and for limits and time-outs of the server" },
    { "http-no-length", WARNING, "without Content-Length the module can't compare the size before it downloads",
      "deliver the file as it lies there (no proxy, no filter, no chunked encoding)" },
    { "http-encoded", ERROR, "the module gets compressed bytes and can't read them",
      "gzip off; for this folder" },
    { "http-compresses", WARNING, "if a module says that it takes gzip, sizes and sums don't fit any more",
      "gzip off; for this folder" },
    { "http-no-ranges", WARNING, "a download that was interrupted begins again from the start, at the user's cost",
      "switch range requests on (nginx has them: no max_ranges 0, no proxy that takes them away)" },
    { "http-wrong-range", ERROR, "a download that goes on after a break gets the wrong bytes",
      "deliver the file without the proxy or script between" },
    { "http-mime", WARNING, "proxies change what is text; the guide asks for a type for the package",
      "types { application/octet-stream swu bin; text/xml xml; } (--site prints it)" },
    { "http-listing", WARNING, "the guide asks for directory listing; people find the files by it, the module does not need it",
      "autoindex on;" },
    { "http-authentication", ERROR, "the module can't send a user and a password",
      "take the password off; to know who asks use client certificates (--mutual)" },

    /* TLS */
    { "tls-handshake", ERROR, "no TLS session comes about: 13,51",
      "check certificate, key and protocols of the server (--diagnose)" },
    { "tls-expired", ERROR, "the module refuses the server's certificate: 13,51",
      "renew the certificate, and check the server's clock" },
    { "tls-not-yet", ERROR, "the certificate begins in the future: the module refuses it",
      "check the clock where it was made" },
    { "tls-expires", WARNING, "modules refuse the server from that day on",
      "renew the certificate before" },
    { "tls-name", ERROR, "the certificate is for other names than the URL's host",
      "make one whose subjectAltName has this host; an address has to stand there as IP: (--certificates)" },
    { "tls-untrusted", ERROR, "the module knows only the CA certificate that it was given (--tls-ca): this chain does not end there",
      "give the module the CA that signed the server's certificate" },
    { "tls-chain", ERROR, "the server does not send the certificates between its own and the CA",
      "put them behind the server's certificate in ssl_certificate" },
    { "tls-no-12", WARNING, "the server takes TLS 1.3 only, and it is not known whether the module speaks it",
      "ssl_protocols TLSv1.2 TLSv1.3;" },
    { "tls-no-ca", NOTE, "without --tls-ca the certificate can't be judged as the module would",
      "give the CA file that the module gets" },
    { "tls-client-required", ERROR, "the server wants a certificate of the module",
      "give the module one (mmfota --tls-certificate, --tls-key), or take ssl_verify_client out" },
    { "tls-client-refused", ERROR, "the server does not take the module's certificate",
      "ssl_client_certificate must be the CA that signed it, and it must be valid" },
    { "tls-client-not-asked", WARNING, "the server lets everybody in: it does not ask for the module's certificate",
      "ssl_verify_client on; (--site --mutual)" },
    { "tls-client-pair", ERROR, "key and certificate of the module don't belong together",
      "take the key that the certificate was made with" },
    { "tls-client-file", ERROR, "the file can't be read as PEM",
      "take the files that --certificates made" },

    /* The web server on this machine */
    { "nginx-missing", ERROR, "there is no nginx to be found", "apt install nginx" },
    { "nginx-not-running", ERROR, "nobody serves", "systemctl start nginx, or nginx" },
    { "nginx-syntax", ERROR, "nginx does not start with such a configuration", "correct that line, then nginx -t" },
    { "nginx-unreadable", ERROR, "the configuration can't be read", "run it as root, or name a file that can be read" },
    { "nginx-no-firmware", WARNING, "no location of the configuration leads to a folder with full/filelist.xml",
      "--site DIR prints a site; put it into sites-available, link it from sites-enabled" },
    { "nginx-not-enabled", ERROR, "a site that is not in sites-enabled does nothing",
      "ln -s ../sites-available/NAME /etc/nginx/sites-enabled/ and systemctl reload nginx" },
    { "nginx-dangling", ERROR, "the link leads nowhere: nginx does not start", "remove the link, or put the file where it leads" },
    { "nginx-old-configuration", WARNING, "the configuration was changed after nginx read it", "systemctl reload nginx" },
    { "nginx-default-site", WARNING, "another site answers on this address for all host names, and the module sends the name or address of its URL",
      "rm /etc/nginx/sites-enabled/default, or give the firmware a port of its own" },
    { "nginx-same-name", WARNING, "of two sites with the same name on the same port one is ignored",
      "a server_name or a port of its own for each" },
    { "nginx-alias-slash", ERROR, "location and alias are joined as texts: with a / in one only, names come out wrong",
      "end both with /" },
    { "nginx-root-alias", WARNING, "root adds the whole path of the URL to the folder, alias replaces the location",
      "use alias, as --site prints it" },
    { "nginx-alias-missing", ERROR, "the folder that the location leads to is not there", "make the folder (--make), or correct alias" },
    { "nginx-alias-full", ERROR, "the module adds full/ to its URL itself: it would ask for full/full/",
      "alias must name the folder above full/" },
    { "nginx-types", WARNING, "a types block replaces the whole list: what is not in it gets the default type",
      "types { application/octet-stream swu bin; text/xml xml; }" },
    { "nginx-autoindex", WARNING, "the guide asks for directory listing", "autoindex on;" },
    { "nginx-gzip", WARNING, "compressed XML can't be read by the module, and sizes don't fit", "gzip off; for this location" },
    { "nginx-no-ipv6", WARNING, "a listen without [::] serves IPv4 only", "listen [::]:PORT;" },
    { "nginx-ranges", WARNING, "with max_ranges 0 no download can go on after a break", "take max_ranges out" },
    { "nginx-limit", WARNING, "many modules behind one address of the operator share such a limit", "no limit_conn and limit_req for the firmware" },
    { "nginx-password", ERROR, "the module can't send a user and a password", "auth_basic off; for this location" },
    { "nginx-denied", WARNING, "addresses are shut out, and modules have changing ones", "no deny for this location" },
    { "nginx-return", ERROR, "everything is redirected, and the module does not follow", "no return and rewrite for the firmware's location" },
    { "nginx-protocols", WARNING, "the module is only known to speak TLS 1.2", "ssl_protocols TLSv1.2 TLSv1.3;" },
    { "nginx-no-tls", ERROR, "an ssl certificate on a listen without ssl: the port speaks plain HTTP", "listen PORT ssl;" },
    { "nginx-no-certificate", ERROR, "listen … ssl without a certificate: every handshake fails", "ssl_certificate and ssl_certificate_key" },
    { "nginx-client-ca", ERROR, "ssl_verify_client needs the CA of the clients", "ssl_client_certificate FILE;" },
    { "port-taken", ERROR, "only one program can listen on a port: nginx does not start",
      "stop the other program, or take another port (it is a part of the module's URL)" },
    { "port-not-open", ERROR, "the configuration names the port, but nobody listens there", "systemctl restart nginx, then journalctl -u nginx" },
    { "port-loopback", WARNING, "only this machine itself can reach an address of the loopback", "listen PORT; listen [::]:PORT;" },
    { "port-firewall", WARNING, "the firewall may drop what comes from outside", "open the port (nft, ufw allow PORT/tcp)" },
    { "port-low", ERROR, "ports below 1024 are for root", "start nginx as root (systemctl), or take a port from 1024 on" },
    { "path-rights", ERROR, "the web server's user can't get there: 403", "chmod a+rx the folder, a+r the file; or another place than a home folder" },
    { "path-label", WARNING, "SELinux or AppArmor may keep nginx from it, whatever ls -l shows",
      "SELinux: restorecon -R or chcon -Rt httpd_sys_content_t; AppArmor: aa-status, journalctl -k" },
    { "certificate-missing", ERROR, "nginx does not start without the file", "put it there, or correct the path" },
    { "certificate-unreadable", ERROR, "no PEM certificate or key is in the file", "take the files that --certificates made" },
    { "certificate-key", ERROR, "key and certificate don't belong together: nginx does not start", "take the key that the certificate was made with" },
    { "certificate-expired", ERROR, "modules refuse the server: 13,51", "renew it (--certificates), reload nginx" },
    { "certificate-not-yet", ERROR, "modules refuse the server: 13,51", "check the clock of this machine" },
    { "certificate-key-public", WARNING, "others on this machine can read the private key", "chmod 600 the key" },
    { "disk-full", WARNING, "a new release does not fit, and nginx can't write its log", "make room" },
    { "clock-wrong", ERROR, "with a wrong clock no certificate is valid", "set the clock (timedatectl set-ntp true)" },
    { "log-line", WARNING, "nginx's error log tells of it", "see the line" },
    { "log-missing", NOTE, "without an error log nobody learns what went wrong", "error_log /var/log/nginx/error.log;" },
};

const ReleaseFindingKind *
release_finding_kinds (guint *n_kinds)
{
    *n_kinds = G_N_ELEMENTS (kinds);
    return kinds;
}

static const ReleaseFindingKind unknown = { "unknown", ERROR, "-", "-" };

static const ReleaseFindingKind *
find_kind (const gchar *id)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
        if (g_str_equal (kinds[i].id, id))
            return &kinds[i];
    }
    return &unknown;
}

const gchar *
release_severity_name (ReleaseSeverity severity)
{
    switch (severity) {
    case NOTE:
        return "note";
    case WARNING:
        return "warning";
    case ERROR:
    default:
        return "error";
    }
}

/*****************************************************************************/
/* A list of findings */

typedef struct {
    const ReleaseFindingKind *kind;
    gchar                    *what;
} Finding;

struct _ReleaseFindings {
    GPtrArray *list;
};

static void
finding_free (Finding *finding)
{
    g_free (finding->what);
    g_free (finding);
}

ReleaseFindings *
release_findings_new (void)
{
    ReleaseFindings *self = g_new0 (ReleaseFindings, 1);

    self->list = g_ptr_array_new_with_free_func ((GDestroyNotify) finding_free);
    return self;
}

void
release_findings_free (ReleaseFindings *self)
{
    g_ptr_array_unref (self->list);
    g_free (self);
}

void
release_findings_add (ReleaseFindings *self,
                      const gchar     *id,
                      const gchar     *format,
                      ...)
{
    g_autofree gchar *text = NULL;
    Finding          *finding = g_new0 (Finding, 1);
    va_list           args;

    va_start (args, format);
    text = g_strdup_vprintf (format, args);
    va_end (args);
    finding->kind = find_kind (id);
    finding->what = release_text_printable (text, WHAT_MAX);
    g_ptr_array_add (self->list, finding);
}

gboolean
release_findings_has (ReleaseFindings *self,
                      const gchar     *id)
{
    guint i;

    for (i = 0; i < self->list->len; i++) {
        if (g_str_equal (((Finding *) g_ptr_array_index (self->list, i))->kind->id, id))
            return TRUE;
    }
    return FALSE;
}

guint
release_findings_count (ReleaseFindings *self,
                        ReleaseSeverity  severity)
{
    guint count = 0;
    guint i;

    for (i = 0; i < self->list->len; i++)
        count += ((Finding *) g_ptr_array_index (self->list, i))->kind->severity == severity;
    return count;
}

const gchar *
release_findings_get_id (ReleaseFindings *self,
                         guint            n)
{
    return n < self->list->len ? ((Finding *) g_ptr_array_index (self->list, n))->kind->id : NULL;
}

gint
release_findings_exit (ReleaseFindings *self)
{
    if (release_findings_count (self, ERROR))
        return 1;
    return release_findings_count (self, WARNING) ? 2 : 0;
}

void
release_findings_print (ReleaseFindings *self)
{
    guint i;

    for (i = 0; i < self->list->len; i++) {
        const Finding *finding = g_ptr_array_index (self->list, i);

        g_print ("%s: %s [%s]\n   why: %s\n    do: %s\n", release_severity_name (finding->kind->severity),
                 finding->what, finding->kind->id, finding->kind->why, finding->kind->advice);
    }
}

JsonArray *
release_findings_to_json (ReleaseFindings *self)
{
    JsonArray *array = json_array_new ();
    guint      i;

    for (i = 0; i < self->list->len; i++) {
        const Finding *finding = g_ptr_array_index (self->list, i);
        JsonObject    *object = json_object_new ();

        json_object_set_string_member (object, "id", finding->kind->id);
        json_object_set_string_member (object, "severity", release_severity_name (finding->kind->severity));
        json_object_set_string_member (object, "what", finding->what);
        json_object_set_string_member (object, "why", finding->kind->why);
        json_object_set_string_member (object, "do", finding->kind->advice);
        json_array_add_object_element (array, object);
    }
    return array;
}
