# SPDX-License-Identifier: GPL-2.0-or-later
"""Mistakes that an operator can make: each a release, a server, and what --check has to
find. The simulated module is the judge of each."""

import hashlib
import os
import re

from bed import MODEL, NEW, OLD, file_server, http, make, read, write

CASES = []


class Case:
    def __init__(self, name, finding, spoil, check=(), module=(), server=None, resume=False):
        self.name = name
        # None: nothing is wrong
        self.finding = finding
        self.spoil = spoil
        # Options of --check, and keys of the module that mean the same
        self.check = check
        self.module = module
        # For a fault that is the server's: what it makes of each answer
        self.server = server
        # The module is interrupted on the way
        self.resume = resume


def case(finding, **keys):
    """A function that spoils what is in full/."""
    def add(spoil):
        CASES.append(Case(spoil.__name__.replace('_', '-'), finding, spoil, **keys))
        return spoil
    return add


def served(finding, **keys):
    """A function of path, body and request that makes another answer, or None for the usual one."""
    def add(change):
        CASES.append(Case(change.__name__.replace('_', '-'), finding, None, server=change, **keys))
        return change
    return add


def edit(full, name, pattern, replacement):
    path = os.path.join(full, name)
    text = read(path)
    changed = re.sub(pattern.encode(), replacement.encode() if isinstance(replacement, str) else replacement, text)
    assert changed != text, (name, pattern)
    write(path, changed)


def filelist(full, pattern, replacement):
    edit(full, 'filelist.xml', pattern, replacement)


def changelog(full, pattern, replacement):
    edit(full, 'changelog.xml', pattern, replacement)


def rename(full, old, new):
    os.rename(os.path.join(full, old), os.path.join(full, new))


def listed_as(full, name):
    """Another name for the package, in the folder and in the list."""
    rename(full, 'ota.swu', name)
    filelist(full, 'ota[.]swu', name.encode('latin-1'))


# What is in order

@case(None)
def good(full):
    pass


@case(None, resume=True)
def good_with_a_break(full):
    pass


@case(None)
def firmware1_bin(full):
    listed_as(full, 'FIRMWARE1.BIN')


@case(None)
def crlf(full):
    for name in ('filelist.xml', 'changelog.xml'):
        edit(full, name, '\n', '\r\n')


@case(None)
def in_a_subfolder(full):
    os.mkdir(os.path.join(full, 'image'))
    rename(full, 'ota.swu', 'image/ota.swu')
    filelist(full, 'ota[.]swu', 'image/ota.swu')


@case(None)
def two_files(full):
    write(os.path.join(full, 'second.bin'), b'x' * 3000)
    md5 = hashlib.md5(b'x' * 3000).hexdigest()
    filelist(full, '</files>', '<file><spath>second.bin</spath><dpath>second.bin</dpath><operation>c</operation>'
             '<md5>%s</md5><size>3000</size></file></files>' % md5)


@case(None)
def upper_case_md5(full):
    text = read(os.path.join(full, 'filelist.xml')).decode()
    md5 = re.search('<md5>(.*)</md5>', text).group(1)
    filelist(full, md5, md5.upper())


@case(None)
def blanks_around_values(full):
    filelist(full, '<size>(.*)</size>', rb'<size>\n  \1\n</size>')


@case(None)
def comments(full):
    filelist(full, '<files>', '<!-- made by hand --><files>')


@case(None, check=('--model', MODEL, '--from', OLD), module=('fota.check-source=true', 'fota.check-product=true'))
def fits_the_module(full):
    pass


# Files

@case('release-missing')
def no_full(full):
    os.rename(full, full + '-of-tuesday')


@case('file-case')
def full_in_capitals(full):
    os.rename(full, os.path.join(os.path.dirname(full), 'FULL'))


@case('file-missing')
def no_filelist(full):
    os.unlink(os.path.join(full, 'filelist.xml'))


@case('file-missing')
def no_changelog(full):
    os.unlink(os.path.join(full, 'changelog.xml'))


@case('file-missing')
def no_package(full):
    os.unlink(os.path.join(full, 'ota.swu'))


@case('file-case')
def package_in_capitals(full):
    rename(full, 'ota.swu', 'OTA.SWU')


@case('file-case')
def filelist_in_capitals(full):
    rename(full, 'filelist.xml', 'FileList.xml')


@case('file-missing')
def txt_behind_the_name(full):
    rename(full, 'changelog.xml', 'changelog.xml.txt')


@case('file-kind')
def package_is_a_folder(full):
    os.unlink(os.path.join(full, 'ota.swu'))
    os.mkdir(os.path.join(full, 'ota.swu'))


@case('file-missing')
def dangling_link(full):
    os.unlink(os.path.join(full, 'ota.swu'))
    os.symlink('/nonexistent/ota.swu', os.path.join(full, 'ota.swu'))


# XML

@case('xml-malformed')
def filelist_cut(full):
    path = os.path.join(full, 'filelist.xml')
    write(path, read(path)[:200])


@case('xml-malformed')
def changelog_empty(full):
    write(os.path.join(full, 'changelog.xml'), '')


@case('xml-malformed')
def filelist_is_html(full):
    write(os.path.join(full, 'filelist.xml'), '<!doctype html><p>Not found<br>')


@case('xml-malformed')
def tag_not_closed(full):
    filelist(full, '</md5>', '')


@case('xml-malformed')
def unescaped_ampersand(full):
    changelog(full, 'en-us</feature>', 'Fixes & more</feature>')


@case('xml-malformed')
def two_roots(full):
    filelist(full, '</root>', '</root><root/>')


@case('xml-malformed')
def blank_line_before_declaration(full):
    filelist(full, r'^<\?xml', '\n<?xml')


@case('xml-malformed')
def utf8_declared_latin1_stored(full):
    changelog(full, 'ISO-8859-1', 'UTF-8')
    changelog(full, 'en-us</feature>', 'Verbesserungen f\xfcr'.encode('latin-1') + b'</feature>')


@case('xml-encoding')
def latin1_declared_utf8_stored(full):
    changelog(full, 'en-us</feature>', 'Verbesserungen für'.encode() + b'</feature>')


@case('xml-bom')
def byte_order_mark(full):
    for name in ('filelist.xml', 'changelog.xml'):
        path = os.path.join(full, name)
        write(path, b'\xef\xbb\xbf' + read(path))


@case('xml-nul')
def utf16(full):
    path = os.path.join(full, 'filelist.xml')
    write(path, read(path).decode().replace('ISO-8859-1', 'UTF-16').encode('utf-16'))


@case('xml-declared')
def windows_1252(full):
    filelist(full, 'ISO-8859-1', 'windows-1252')


@case('xml-malformed')
def unknown_encoding(full):
    filelist(full, 'ISO-8859-1', 'klingon')


@case('xml-large')
def filelist_of_two_megabytes(full):
    filelist(full, '<files>', b'<!--' + b'x' * 2000000 + b'--><files>')


@case('xml-root')
def other_root(full):
    for name in ('filelist.xml', 'changelog.xml'):
        edit(full, name, 'root>', 'update>')


@case('xml-incomplete')
def no_component(full):
    changelog(full, '<component [^>]*>', '')


@case('xml-incomplete')
def component_without_version(full):
    changelog(full, '(FIRMWARE1") version="[^"]*"', r'\1')


@case('xml-malformed')
def component_with_curly_quotes(full):
    changelog(full, 'FIRMWARE1" version="[^"]*"', 'FIRMWARE1" version=”x”'.encode())


@case('xml-incomplete')
def no_files(full):
    filelist(full, '(?s)<file>.*</file>', '')


@case('xml-incomplete')
def file_without_size(full):
    filelist(full, '<size>.*</size>', '')


@case('xml-incomplete')
def elements_in_capitals(full):
    filelist(full, 'spath>', 'SPath>')


@case('xml-incomplete')
def files_swapped(full):
    rename(full, 'filelist.xml', 'x')
    rename(full, 'changelog.xml', 'filelist.xml')
    rename(full, 'x', 'changelog.xml')


@case('xml-components')
def two_components(full):
    changelog(full, '(<component [^>]*>)', rb'\1\n<component name="FIRMWARE2" version="9.9"/>')


@case('component-differs')
def other_component(full):
    filelist(full, 'FIRMWARE1</name>', 'FIRMWARE2</name>')


# What the files say

@case('md5-differs')
def md5_of_the_old_package(full):
    filelist(full, '<md5>.*</md5>', '<md5>%s</md5>' % hashlib.md5(b'old').hexdigest())


@case('md5-form')
def sha256_for_md5(full):
    filelist(full, '<md5>.*</md5>', '<md5>%s</md5>' % ('ab' * 32))


@case('md5-form')
def no_md5(full):
    filelist(full, '<md5>.*</md5>', '<md5></md5>')


@case('md5-form')
def md5_with_colons(full):
    filelist(full, '<md5>(..)', rb'<md5>\1:')


@case('size-differs')
def size_one_less(full):
    filelist(full, '<size>20000', '<size>19999')


@case('size-differs')
def size_one_more(full):
    filelist(full, '<size>20000', '<size>20001')


@case('size-form')
def size_in_kilobytes(full):
    filelist(full, '<size>20000', '<size>20 kB')


@case('size-form')
def size_negative(full):
    filelist(full, '<size>20000', '<size>-20000')


@case('size-form')
def size_of_twenty_digits(full):
    filelist(full, '<size>20000', '<size>99999999999999999999')


@case('size-differs')
def package_cut(full):
    path = os.path.join(full, 'ota.swu')
    write(path, read(path)[:-1])


@case('size-differs')
def package_with_a_byte_more(full):
    path = os.path.join(full, 'ota.swu')
    write(path, read(path) + b'\n')


@case('md5-differs')
def package_with_one_bit_flipped(full):
    path = os.path.join(full, 'ota.swu')
    content = bytearray(read(path))
    content[1000] ^= 1
    write(path, bytes(content))


@case('md5-differs')
def package_of_the_last_release(full):
    write(os.path.join(full, 'ota.swu'), b'o' * 20000)


@case('path-leaves-folder')
def path_with_dots(full):
    os.rename(os.path.join(full, 'ota.swu'), os.path.join(os.path.dirname(full), 'ota.swu'))
    filelist(full, '<spath>ota', '<spath>../ota')


@case('path-leaves-folder')
def path_with_backslashes(full):
    filelist(full, '<spath>ota', r'<spath>..\\\\ota')


@case('path-characters')
def name_with_blank(full):
    listed_as(full, 'ota 2.swu')


@case('path-characters')
def name_with_umlaut(full):
    listed_as(full, 'für.swu')


@case('path-characters')
def name_with_hash(full):
    listed_as(full, 'ota#2.swu')


@case('path-characters')
def name_with_question_mark(full):
    listed_as(full, 'ota?.swu')


@case('path-characters')
def name_with_percent(full):
    listed_as(full, 'ota%41.swu')


@case('path-characters')
def path_empty(full):
    filelist(full, '<spath>ota.swu', '<spath>')


@case('path-slash')
def path_with_slash_before(full):
    filelist(full, '<spath>ota', '<spath>/ota')


@case('path-slash')
def path_with_dot_before(full):
    filelist(full, '<spath>ota', '<spath>./ota')


@case('path-twice')
def listed_twice(full):
    text = read(os.path.join(full, 'filelist.xml')).decode()
    one = re.search('(?s)<file>.*</file>', text).group(0)
    filelist(full, '</files>', one + '</files>')


@case('md5-differs')
def listed_twice_with_another_sum(full):
    text = read(os.path.join(full, 'filelist.xml')).decode()
    one = re.search('(?s)<file>.*</file>', text).group(0)
    filelist(full, '</files>', re.sub('<md5>.*</md5>', '<md5>%s</md5>' % ('ab' * 16), one) + '</files>')


@case('size-differs')
def changelog_listed_with_another_size(full):
    size = os.path.getsize(os.path.join(full, 'changelog.xml'))
    filelist(full, '</files>', '<file><spath>changelog.xml</spath><dpath>changelog.xml</dpath><operation>c</operation>'
             '<md5>%s</md5><size>%d</size></file></files>' % ('ab' * 16, size + 1))


@case('operation')
def operation_delete(full):
    filelist(full, '<operation>c', '<operation>d')


@case('package-empty')
def empty_package(full):
    write(os.path.join(full, 'ota.swu'), b'')
    filelist(full, '<size>.*</size>', '<size>0</size>')
    filelist(full, '<md5>.*</md5>', '<md5>%s</md5>' % hashlib.md5(b'').hexdigest())


@case('product-missing')
def no_product(full):
    changelog(full, '<feature>1.*</feature>', '')


@case('feature-missing')
def no_source(full):
    changelog(full, '<feature>3.*</feature>', '')


@case('update-mode')
def upgrades_by_itself(full):
    changelog(full, 'update_mode="0"', 'update_mode="1"')


@case('version-characters')
def version_with_controls(full):
    changelog(full, '(FIRMWARE1") version="[^"]*"', r'\1 version="1.3.0.0&#10;OK"')


@case('product-differs', check=('--model', MODEL), module=('fota.check-product=true',))
def product_of_the_sister_model(full):
    changelog(full, MODEL, 'MT5710-CN')


@case('source-differs', check=('--from', OLD), module=('fota.check-source=true',))
def source_does_not_fit(full):
    changelog(full, 'source_version="[^"]*"', 'source_version="1.1.6.0(SP1C02)"')


@case('version-same', check=('--from', OLD))
def the_version_that_runs(full):
    changelog(full, '(FIRMWARE1") version="[^"]*"', r'\1 version="%s"' % OLD)


@case('version-not-newer', check=('--from', OLD))
def an_older_version(full):
    changelog(full, '(FIRMWARE1") version="[^"]*"', r'\1 version="1.1.6.0(SP1C02)"')


@case('version-differs')
def release_json_of_another_version(full):
    write(os.path.join(full, 'release.json'), '{"version": "1.4.0.0", "product": "%s"}' % MODEL)


@case('manifest-malformed')
def release_json_broken(full):
    write(os.path.join(full, 'release.json'), '{"version": ')


@case('manifest-over')
def release_json_over(full):
    write(os.path.join(full, 'release.json'),
          '{"version": "%s", "product": "%s", "not-after": "2020-01-01T00:00:00Z"}' % (NEW, MODEL))


@case('sums-malformed')
def sums_broken(full):
    write(os.path.join(full, 'SHA256SUMS'), 'hello\n')


@case('sums-differ')
def sums_of_another_release(full):
    write(os.path.join(full, 'SHA256SUMS'), ''.join('%s  %s\n' % ('0' * 64, name) for name in
                                                    ('ota.swu', 'filelist.xml', 'changelog.xml')))


@case('sums-incomplete')
def sums_without_changelog(full):
    write(os.path.join(full, 'SHA256SUMS'), ''.join(
        '%s  %s\n' % (hashlib.sha256(read(os.path.join(full, name))).hexdigest(), name)
        for name in ('ota.swu', 'filelist.xml')))


# Servers

@served('http-redirect')
def redirect(path, _body, _head):
    if not path.startswith('/moved/'):
        return http(b'', '302 Found', Location='/moved' + path)
    return None


@served('http-encoded')
def gzip_on_xml(path, body, _head):
    import gzip  # pylint: disable=import-outside-toplevel
    return http(gzip.compress(body), Content_Encoding='gzip') if path.endswith('.xml') else None


@served('http-encoded')
def gzip_on_package(path, body, _head):
    import gzip  # pylint: disable=import-outside-toplevel
    return http(gzip.compress(body), Content_Encoding='gzip') if path.endswith('.swu') else None


@served('http-compresses')
def gzip_where_accepted(path, body, head):
    import gzip  # pylint: disable=import-outside-toplevel
    if path.endswith('.xml') and 'accept-encoding: gzip' in head.lower():
        return http(gzip.compress(body), Content_Encoding='gzip')
    return None


@served('http-no-length')
def chunked_without_length(path, body, head):
    if not path.endswith('.swu') or 'range:' in head.lower():
        return None
    return http(b'%x\r\n%s\r\n0\r\n\r\n' % (len(body), body), length=False, Transfer_Encoding='chunked')


@served('http-no-length')
def until_the_end_without_length(path, body, head):
    if not path.endswith('.swu') or 'range:' in head.lower():
        return None
    return http(body, length=False)


@served('http-no-ranges', resume=True)
def no_ranges(path, body, _head):
    return http(body) if path.endswith('.swu') else None


@served('http-wrong-range', resume=True)
def range_of_other_bytes(path, body, head):
    if 'range:' not in head.lower():
        return None
    begin = len(body) // 2
    return http(body[:len(body) - begin], '206 Partial Content',
                Content_Range='bytes %d-%d/%d' % (begin, len(body) - 1, len(body)))


@served('http-broken')
def cut_on_the_way(path, body, _head):
    if not path.endswith('.swu'):
        return None
    return http(body)[:len(http(body)) - 5000]


@served('size-differs')
def cut_with_a_length_that_fits(path, body, _head):
    return http(body[:10000]) if path.endswith('.swu') else None


@served('http-broken')
def closed_without_a_word(path, _body, _head):
    return b'' if path.endswith('.swu') else None


@served('http-protocol')
def no_http(_path, _body, _head):
    return b'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n'


@served('http-protocol')
def http2_only(_path, _body, _head):
    # SETTINGS, GOAWAY: what an HTTP/2 server without TLS says to HTTP/1.1
    return b'\x00\x00\x12\x04\x00\x00\x00\x00\x00' + b'\x00' * 18 + b'\x00\x00\x08\x07\x00\x00\x00\x00\x00' + b'\x00' * 8


@served('http-forbidden')
def forbidden(path, _body, _head):
    return http(b'no', '403 Forbidden') if path.endswith('.xml') else None


@served('http-authentication')
def password(_path, _body, _head):
    return http(b'no', '401 Unauthorized', WWW_Authenticate='Basic realm="x"')


@served('http-status')
def server_error(_path, _body, _head):
    return http(b'no', '500 Internal Server Error')


@served('http-status')
def not_modified(path, _body, _head):
    return http(b'', '304 Not Modified') if path.endswith('.xml') else None


@served('xml-malformed')
def login_page_of_a_portal(_path, _body, _head):
    return http(b'<html><body>Please log in<br></body></html>', Content_Type='text/html')


@served('http-mime')
def package_as_text(path, body, head):
    if path.endswith('.swu') and 'range:' not in head.lower():
        return http(body, Content_Type='text/plain')
    return None


@served('http-listing')
def listing_off(path, _body, _head):
    return http(b'no', '403 Forbidden') if path.endswith('/full/') else None


@served('md5-differs')
def a_proxy_that_changes_bytes(path, body, _head):
    return http(body.replace(body[100:104], b'\r\n\r\n')) if path.endswith('.swu') else None


@served('size-differs')
def a_package_that_never_ends(path, body, _head):
    return http(body * 100, length=False) if path.endswith('.swu') else None
