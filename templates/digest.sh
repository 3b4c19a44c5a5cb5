# sha256 of standard input. By openssl where the host has it: it uses the processor's own instructions, which is up to four
# times as fast as coreutils in most distributions.
digest() {
  case $(openssl dgst -sha256 -r </dev/null 2>/dev/null) in
    e3b0c44298fc1c149afbf4c8996fb924*) openssl dgst -sha256 -r ;;
    *) sha256sum ;;
  esac
}
