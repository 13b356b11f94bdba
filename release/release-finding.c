/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "release-finding.h"

#include <glib/gi18n.h>

#include "release-text.h"

#define WHAT_MAX 600

#define NOTE    RELEASE_SEVERITY_NOTE
#define WARNING RELEASE_SEVERITY_WARNING
#define ERROR   RELEASE_SEVERITY_ERROR

/*****************************************************************************/
/* The table */

typedef struct {
    const gchar    *id;
    ReleaseSeverity severity;
    const gchar    *why;
    const gchar    *advice;
} Kind;

static const Kind kinds[] = {
    /* The folder */
    { "release-missing", ERROR, N_("the module fetches URL/full/…: without that folder it stops with 13,51"),
      N_("put the release as TD Tech ships it into a folder full/ there, or use --make") },
    { "file-missing", ERROR, N_("the module fetches exactly this name and stops with 13,51 or 20"),
      N_("copy the file from the release, under exactly this name") },
    { "file-case", ERROR, N_("names on a web server are told apart by capital and small letters, unlike on Windows"),
      N_("rename the file to what is fetched") },
    { "file-kind", ERROR, N_("a web server delivers regular files only"),
      N_("put the file itself there") },
    { "file-unreadable", ERROR, N_("what can't be read can't be delivered"),
      N_("chmod a+r the file, and a+x each folder above it") },
    { "file-mode", WARNING, N_("the web server runs as a user of its own (www-data) and may answer 403"),
      N_("chmod a+r the file, and a+rx the folders full/ and above") },
    { "file-extra", NOTE, N_("no module fetches it, everybody can"),
      N_("move it elsewhere if it was not meant to be public") },

    /* The XML files */
    { "xml-malformed", ERROR, N_("the module can't read it and stops with 13,51"),
      N_("take the file from the release again, or make it anew with --make") },
    { "xml-root", WARNING, N_("the module looks for its elements below <root>"),
      N_("compare with the release: the document element is <root>") },
    { "xml-incomplete", ERROR, N_("without this element the module finds no firmware and stops with 13,51"),
      N_("compare with the release, or make it anew with --make") },
    { "xml-nul", ERROR, N_("text with NUL bytes (UTF-16) ends for the module at the first of them"),
      N_("store it as ISO-8859-1, as it was declared, without wide characters") },
    { "xml-large", ERROR, N_("these files have some hundred bytes; the module does not take megabytes"),
      N_("take the file from the release again") },
    { "xml-doctype", ERROR, N_("a document type with entities is no part of the format, and a way to attack parsers"),
      N_("remove the <!DOCTYPE …>") },
    { "xml-bom", WARNING, N_("an editor put a byte order mark before <?xml: a simple parser stumbles over it"),
      N_("store the file without BOM") },
    { "xml-encoding", WARNING, N_("other bytes than the declared encoding has: names and texts arrive broken"),
      N_("keep to ASCII, or store the file in the encoding it declares") },
    { "xml-declared", WARNING, N_("TD Tech's files say ISO-8859-1, and which encodings the module knows is not known"),
      N_("declare encoding=\"ISO-8859-1\"") },
    { "xml-components", WARNING, N_("the module upgrades one component; which of several it takes is not known"),
      N_("a folder for each component") },
    { "component-differs", WARNING, N_("changelog.xml and filelist.xml are of two releases, it seems"),
      N_("take both files from the same release") },

    /* What they say */
    { "version-characters", ERROR, N_("the version is told by AT commands: quotes, controls and other than ASCII break them"),
      N_("use the version as AT^VERSION? tells it, as 1.3.0.0(SP1C02)") },
    { "version-differs", WARNING, N_("the files disagree about which version this is: clients that expect one refuse it"),
      N_("make changelog.xml and release.json say the same, then --sign again") },
    { "version-same", ERROR, N_("the module answers 14: nothing newer"),
      N_("nothing, if that is meant; otherwise put the newer release there") },
    { "version-not-newer", WARNING, N_("the module may answer 14, nothing newer, or go back to an older firmware"),
      N_("check that this is the release that you meant") },
    { "product-differs", ERROR, N_("firmware of another model: the module refuses it"),
      N_("give each model a folder of its own") },
    { "product-missing", WARNING, N_("nothing says which model it is for: a module of another one may take it"),
      N_("add <feature>1.product_name=\"…\"</feature>") },
    { "source-differs", ERROR, N_("the release upgrades one certain version, and the module runs another: it refuses"),
      N_("offer the release for the version that runs, or step by step") },
    { "update-mode", WARNING, N_("update_mode 1 flashes by itself after the download, whatever goes on at the host"),
      N_("set 2.update_mode=\"0\" unless that is wanted") },
    { "feature-missing", WARNING, N_("TD Tech's releases have these four features"),
      N_("compare with the release") },

    /* The files that are listed */
    { "path-leaves-folder", ERROR, N_("nothing outside full/ may be delivered, and a web server refuses such a path"),
      N_("name the file as it lies in full/") },
    /* xgettext:no-c-format */
    { "path-characters", ERROR, N_("blanks, letters beyond ASCII, ?, # and % mean something else in a URL"),
      N_("rename the file, and name it so in filelist.xml: letters, digits and . _ - ( ) + only") },
    { "path-slash", WARNING, N_("the module may add the path to the URL as it is: full//…"),
      N_("name the file without ./ or / before it") },
    { "path-twice", WARNING, N_("the module fetches it twice"),
      N_("list each file once") },
    { "operation", WARNING, N_("TD Tech's lists have operation c (copy); what another does is not known"),
      N_("set <operation>c</operation>") },
    { "md5-form", ERROR, N_("an MD5 sum has 32 hexadecimal digits: the module compares and stops with 20"),
      N_("write what md5sum says") },
    { "md5-differs", ERROR, N_("the module downloads everything, finds the sum wrong and stops with 20"),
      N_("write what md5sum says, or copy the package again if it is broken") },
    { "size-form", ERROR, N_("the size is a number of bytes in decimal digits"),
      N_("write what stat -c %s says") },
    { "size-differs", ERROR, N_("the module finds another size and stops with 20"),
      N_("write what stat -c %s says, or copy the package again if it is cut") },
    { "package-empty", ERROR, N_("there is nothing to flash"),
      N_("copy the package again") },
    { "package-large", WARNING, N_("packages have some 62 MB; the module may have no room for this one"),
      N_("check that this is the package") },

    /* Signature */
    { "sums-malformed", WARNING, N_("agents that want a signature can't read the list and refuse the release"),
      N_("make it anew with --sign") },
    { "sums-differ", WARNING, N_("agents that want a signature refuse the release"),
      N_("--sign again after each change") },
    { "sums-incomplete", WARNING, N_("what is not in the list is not signed"),
      N_("make it anew with --sign") },
    { "manifest-malformed", WARNING, N_("agents that want a signature can't read release.json"),
      N_("make it anew with --make or --sign") },
    { "manifest-over", WARNING, N_("agents refuse a release after the day that it names"),
      N_("--sign again with a later --not-after") },

    /* Network and HTTP */
    { "net-no-address", ERROR, N_("the module can't find the server: 13,13"),
      N_("check the name and the DNS") },
    { "net-unreachable", ERROR, N_("nobody answers: 13,13"),
      N_("check that the server runs (--diagnose), its port and the firewall") },
    { "net-one-family", WARNING, N_("the name has addresses of IPv4 and IPv6, but only one of them works: which one the module takes depends on its network"),
      N_("let the server listen on both (--site), or take the address that does not work out of the DNS") },
    { "net-ipv4-only", NOTE, N_("in a network with IPv6 only the module reaches it by the operator's translation, if at all"),
      N_("give the server an IPv6 address, too") },
    { "net-ipv6-only", WARNING, N_("a module whose session has IPv4 only does not reach it: 13,13"),
      N_("give the server an IPv4 address, too") },
    { "net-differs", WARNING, N_("over IPv4 and IPv6 different sites answer"),
      N_("let the same server block listen on both") },
    { "http-protocol", ERROR, N_("the module speaks HTTP/1.1"),
      N_("switch HTTP/1.1 on (nginx: no http2 on a listen without ssl), and check that the port is that of the web server") },
    { "http2-only", ERROR, N_("the server speaks HTTP/2 only, and the module speaks HTTP/1.1"),
      N_("let the server (or the proxy before it) take http/1.1, too: in TLS it is chosen by ALPN") },
    { "http-tls-port", ERROR, N_("the port speaks TLS: with http:// nobody gets anything there"),
      N_("use an https URL") },
    { "http-forbidden", ERROR, N_("the module stops with 13,51"),
      N_("chmod a+rX the folder for the web server's user, see --diagnose; take out rules that want a user or an address") },
    { "http-not-found", ERROR, N_("the module stops with 13,51"),
      N_("compare location and alias: both end with /, and alias names the folder above full/; names as in the release") },
    { "http-status", ERROR, N_("the module takes files with status 200 only"),
      N_("look into the web server's error log") },
    { "http-redirect", WARNING, N_("nothing says that the module follows redirects"),
      N_("give the module the URL where the files are") },
    { "http-broken", ERROR, N_("the connection ends before the file: the module stops with 13,51 or never gets to 40"),
      N_("look for a proxy between that cuts, and for limits and time-outs of the server") },
    { "http-no-length", WARNING, N_("without Content-Length the module can't compare the size before it downloads"),
      N_("deliver the file as it lies there (no proxy, no filter, no chunked encoding)") },
    { "http-encoded", ERROR, N_("the module gets compressed bytes and can't read them"),
      N_("gzip off; for this folder") },
    { "http-compresses", WARNING, N_("if a module says that it takes gzip, sizes and sums don't fit any more"),
      N_("gzip off; for this folder") },
    { "http-no-ranges", WARNING, N_("a download that was interrupted begins again from the start, at the user's cost"),
      N_("switch range requests on (nginx has them: no max_ranges 0, no proxy that takes them away)") },
    { "http-wrong-range", ERROR, N_("a download that goes on after a break gets the wrong bytes"),
      N_("deliver the file without the proxy or script between") },
    { "http-mime", WARNING, N_("proxies change what is text; the guide asks for a type for the package"),
      N_("types { application/octet-stream swu bin; text/xml xml; } (--site prints it)") },
    { "http-listing", WARNING, N_("the guide asks for directory listing; people find the files by it, the module does not need it"),
      N_("autoindex on;") },
    { "http-authentication", ERROR, N_("the module can't send a user and a password"),
      N_("take the password off; to know who asks use client certificates (--mutual)") },

    /* TLS */
    { "tls-handshake", ERROR, N_("no TLS session comes about: 13,51"),
      N_("check certificate, key and protocols of the server (--diagnose)") },
    { "tls-expired", ERROR, N_("the module refuses the server's certificate: 13,51"),
      N_("renew the certificate, and check the server's clock") },
    { "tls-not-yet", ERROR, N_("the certificate begins in the future: the module refuses it"),
      N_("check the clock where it was made") },
    { "tls-expires", WARNING, N_("modules refuse the server from that day on"),
      N_("renew the certificate before") },
    { "tls-name", ERROR, N_("the certificate is for other names than the URL's host"),
      N_("make one whose subjectAltName has this host; an address has to stand there as IP: (--certificates)") },
    { "tls-untrusted", ERROR, N_("the module knows only the CA certificate that it was given (--tls-ca): this chain does not end there"),
      N_("give the module the CA that signed the server's certificate") },
    { "tls-chain", ERROR, N_("the server does not send the certificates between its own and the CA"),
      N_("put them behind the server's certificate in ssl_certificate") },
    { "tls-no-12", WARNING, N_("the server takes TLS 1.3 only, and it is not known whether the module speaks it"),
      N_("ssl_protocols TLSv1.2 TLSv1.3;") },
    { "tls-no-ca", NOTE, N_("without --tls-ca the certificate can't be judged as the module would"),
      N_("give the CA file that the module gets") },
    { "tls-client-required", ERROR, N_("the server wants a certificate of the module"),
      N_("give the module one (mmfota --tls-certificate, --tls-key), or take ssl_verify_client out") },
    { "tls-client-refused", ERROR, N_("the server does not take the module's certificate"),
      N_("ssl_client_certificate must be the CA that signed it, and it must be valid") },
    { "tls-client-not-asked", WARNING, N_("the server lets everybody in: it does not ask for the module's certificate"),
      N_("ssl_verify_client on; (--site --mutual)") },
    { "tls-client-pair", ERROR, N_("key and certificate of the module don't belong together"),
      N_("take the key that the certificate was made with") },
    { "tls-client-file", ERROR, N_("the file can't be read as PEM"),
      N_("take the files that --certificates made") },

    /* The web server on this machine */
    { "nginx-missing", ERROR, N_("there is no nginx to be found"), N_("apt install nginx") },
    { "nginx-not-running", ERROR, N_("nobody serves"), N_("systemctl start nginx, or nginx") },
    { "nginx-syntax", ERROR, N_("nginx does not start with such a configuration"), N_("correct that line, then nginx -t") },
    { "nginx-unreadable", ERROR, N_("the configuration can't be read"), N_("run it as root, or name a file that can be read") },
    { "nginx-no-firmware", WARNING, N_("no location of the configuration leads to a folder with full/filelist.xml"),
      N_("--site DIR prints a site; put it into sites-available, link it from sites-enabled") },
    { "nginx-not-enabled", ERROR, N_("a site that is not in sites-enabled does nothing"),
      N_("ln -s ../sites-available/NAME /etc/nginx/sites-enabled/ and systemctl reload nginx") },
    { "nginx-dangling", ERROR, N_("the link leads nowhere: nginx does not start"), N_("remove the link, or put the file where it leads") },
    { "nginx-old-configuration", WARNING, N_("the configuration was changed after nginx read it"), N_("systemctl reload nginx") },
    { "nginx-default-site", WARNING, N_("another site answers on this address for all host names, and the module sends the name or address of its URL"),
      N_("rm /etc/nginx/sites-enabled/default, or give the firmware a port of its own") },
    { "nginx-same-name", WARNING, N_("of two sites with the same name on the same port one is ignored"),
      N_("a server_name or a port of its own for each") },
    { "nginx-alias-slash", ERROR, N_("location and alias are joined as texts: with a / in one only, names come out wrong"),
      N_("end both with /") },
    { "nginx-root-alias", WARNING, N_("root adds the whole path of the URL to the folder, alias replaces the location"),
      N_("use alias, as --site prints it") },
    { "nginx-alias-missing", ERROR, N_("the folder that the location leads to is not there"), N_("make the folder (--make), or correct alias") },
    { "nginx-alias-full", ERROR, N_("the module adds full/ to its URL itself: it would ask for full/full/"),
      N_("alias must name the folder above full/") },
    { "nginx-types", WARNING, N_("a types block replaces the whole list: what is not in it gets the default type"),
      N_("types { application/octet-stream swu bin; text/xml xml; }") },
    { "nginx-autoindex", WARNING, N_("the guide asks for directory listing"), N_("autoindex on;") },
    { "nginx-gzip", WARNING, N_("compressed XML can't be read by the module, and sizes don't fit"), N_("gzip off; for this location") },
    { "nginx-no-ipv6", WARNING, N_("a listen without [::] serves IPv4 only"), N_("listen [::]:PORT;") },
    { "nginx-ranges", WARNING, N_("with max_ranges 0 no download can go on after a break"), N_("take max_ranges out") },
    { "nginx-limit", WARNING, N_("many modules behind one address of the operator share such a limit"), N_("no limit_conn and limit_req for the firmware") },
    { "nginx-password", ERROR, N_("the module can't send a user and a password"), N_("auth_basic off; for this location") },
    { "nginx-denied", WARNING, N_("addresses are shut out, and modules have changing ones"), N_("no deny for this location") },
    { "nginx-return", ERROR, N_("everything is redirected, and the module does not follow"), N_("no return and rewrite for the firmware's location") },
    { "nginx-protocols", WARNING, N_("the module is only known to speak TLS 1.2"), N_("ssl_protocols TLSv1.2 TLSv1.3;") },
    { "nginx-no-tls", ERROR, N_("an ssl certificate on a listen without ssl: the port speaks plain HTTP"), N_("listen PORT ssl;") },
    { "nginx-no-certificate", ERROR, N_("listen … ssl without a certificate: every handshake fails"), N_("ssl_certificate and ssl_certificate_key") },
    { "nginx-client-ca", ERROR, N_("ssl_verify_client needs the CA of the clients"), N_("ssl_client_certificate FILE;") },
    { "port-taken", ERROR, N_("only one program can listen on a port: nginx does not start"),
      N_("stop the other program, or take another port (it is a part of the module's URL)") },
    { "port-not-open", ERROR, N_("the configuration names the port, but nobody listens there"), N_("systemctl restart nginx, then journalctl -u nginx") },
    { "port-loopback", WARNING, N_("only this machine itself can reach an address of the loopback"), N_("listen PORT; listen [::]:PORT;") },
    { "port-firewall", WARNING, N_("the firewall may drop what comes from outside"), N_("open the port (nft, ufw allow PORT/tcp)") },
    { "port-low", ERROR, N_("ports below 1024 are for root"), N_("start nginx as root (systemctl), or take a port from 1024 on") },
    { "path-rights", ERROR, N_("the web server's user can't get there: 403"), N_("chmod a+rx the folder, a+r the file; or another place than a home folder") },
    { "path-label", WARNING, N_("SELinux or AppArmor may keep nginx from it, whatever ls -l shows"),
      N_("SELinux: restorecon -R or chcon -Rt httpd_sys_content_t; AppArmor: aa-status, journalctl -k") },
    { "certificate-missing", ERROR, N_("nginx does not start without the file"), N_("put it there, or correct the path") },
    { "certificate-unreadable", ERROR, N_("no PEM certificate or key is in the file"), N_("take the files that --certificates made") },
    { "certificate-key", ERROR, N_("key and certificate don't belong together: nginx does not start"), N_("take the key that the certificate was made with") },
    { "certificate-expired", ERROR, N_("modules refuse the server: 13,51"), N_("renew it (--certificates), reload nginx") },
    { "certificate-not-yet", ERROR, N_("modules refuse the server: 13,51"), N_("check the clock of this machine") },
    { "certificate-key-public", WARNING, N_("others on this machine can read the private key"), N_("chmod 600 the key") },
    { "disk-full", WARNING, N_("a new release does not fit, and nginx can't write its log"), N_("make room") },
    { "clock-wrong", ERROR, N_("with a wrong clock no certificate is valid"), N_("set the clock (timedatectl set-ntp true)") },
    { "log-line", WARNING, N_("nginx's error log tells of it"), N_("see the line") },
    { "log-missing", NOTE, N_("without an error log nobody learns what went wrong"), N_("error_log /var/log/nginx/error.log;") },
};

static const Kind unknown = { "unknown", ERROR, "-", "-" };

static const Kind *
find_kind (const gchar *id)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
        if (g_str_equal (kinds[i].id, id))
            return &kinds[i];
    }
    return &unknown;
}

static const gchar *
severity_name (ReleaseSeverity severity)
{
    switch (severity) {
    case NOTE:
        return N_("note");
    case WARNING:
        return N_("warning");
    case ERROR:
    default:
        return N_("error");
    }
}

/*****************************************************************************/
/* A list of findings */

typedef struct {
    const Kind *kind;
    gchar      *what;
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

        g_print (_("%s: %s [%s]\n   why: %s\n    do: %s\n"), _(severity_name (finding->kind->severity)),
                 finding->what, finding->kind->id, _(finding->kind->why), _(finding->kind->advice));
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
        json_object_set_string_member (object, "severity", severity_name (finding->kind->severity));
        json_object_set_string_member (object, "what", finding->what);
        json_object_set_string_member (object, "why", finding->kind->why);
        json_object_set_string_member (object, "do", finding->kind->advice);
        json_array_add_object_element (array, object);
    }
    return array;
}
