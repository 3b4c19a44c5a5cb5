# Unpacks the .deb files named on standard input into $ROOT, without running their maintainer scripts.
chmod 755 "$ROOT"
for dir in usr/bin usr/sbin usr/lib usr/lib64 proc sys dev run tmp root run/lock var/tmp etc data; do
  mkdir -p "$ROOT/$dir"
done
chmod 1777 "$ROOT/tmp" "$ROOT/var/tmp"
chmod 700 "$ROOT/root"
# before any package can make these real folders; relative, or tar would follow them out of the tree
for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$ROOT/$dir"; done
ln -s ../run "$ROOT/var/run"
ln -s ../run/lock "$ROOT/var/lock"

while read -r deb; do
  # only dependencies of maintainer scripts
  case ${deb##*/} in perl* | libperl* | debconf_* | dpkg_* | adduser_* | ucf_* | libpam-runtime_*) continue ;; esac
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$ROOT" --keep-directory-symlink \
    --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/share/info \
    --exclude=./usr/share/lintian --exclude=./usr/share/bash-completion --exclude=./usr/share/bug
done

cp "$ROOT/usr/share/base-passwd/passwd.master" "$ROOT/etc/passwd"
cp "$ROOT/usr/share/base-passwd/group.master" "$ROOT/etc/group"
echo 'sshd:x:100:65534::/run/sshd:/usr/sbin/nologin' >> "$ROOT/etc/passwd"
echo 'docker:x:101:' >> "$ROOT/etc/group"
if [ -d "$ROOT/etc/sudoers.d" ]; then
  # an ordinary user who may become root: for deployments with `become: sudo`
  echo 'operator:x:1000:1000::/home/operator:/bin/bash' >> "$ROOT/etc/passwd"
  echo 'operator:x:1000:' >> "$ROOT/etc/group"
  echo 'operator ALL=(ALL) NOPASSWD: ALL' > "$ROOT/etc/sudoers.d/operator"
  chmod 440 "$ROOT/etc/sudoers.d/operator"
  mkdir -p "$ROOT/etc/pam.d"
  for part in auth account password session session-noninteractive; do
    echo "${part%-*} required pam_unix.so" > "$ROOT/etc/pam.d/common-$part"
  done
fi
sed -i -e 's/^root:\*/root:x/' -e '/^root:/s,[^:]*$,/bin/bash,' "$ROOT/etc/passwd"
printf 'root:*:19700::::::\noperator:*:19700::::::\n' > "$ROOT/etc/shadow"
chmod 600 "$ROOT/etc/shadow"
ln -sf dash "$ROOT/usr/bin/sh"
ln -sf mawk "$ROOT/usr/bin/awk"
ln -sf which.debianutils "$ROOT/usr/bin/which"
printf 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' > "$ROOT/etc/environment"
# pip installs straight into the image, as it does in the real one
rm -f "$ROOT"/usr/lib/python3*/EXTERNALLY-MANAGED
ldconfig -r "$ROOT"
# Bytecode is a maintainer script's work too; without it every new container compiles pip again. Checked against nothing,
# as files get other times when the image is loaded from an archive.
if [ -e "$ROOT/usr/bin/python3" ]; then
  PYTHONHASHSEED=0 chroot "$ROOT" /usr/bin/python3 -m compileall -q -r 10 -x '/(test|lib2to3|idlelib|tkinter|ensurepip)/' \
    --invalidation-mode unchecked-hash /usr/lib/python3 "$(chroot "$ROOT" /usr/bin/python3 -c 'import os; print(os.path.dirname(os.__file__))')"
fi
# holds inode numbers: it would give the image another id at every build
rm -rf "$ROOT/var/cache/ldconfig"
