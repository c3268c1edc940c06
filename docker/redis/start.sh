#!/bin/sh
# Starts Redis with users.acl and the passwords that are set; users without one are left out.
set -eu
users=$(cat "$(dirname "$0")/users.acl")
for name in SERVICE APPS EXAMPLE SCALER; do
  eval "password=\${REDIS_${name}_PASSWORD:-}"
  if [ -n "$password" ]; then
    edit="s/#SHA256_OF_THE_${name}_PASSWORD/#$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)/"
  else
    edit="/#SHA256_OF_THE_${name}_PASSWORD/d"
  fi
  users=$(printf '%s\n' "$users" | sed "$edit")
done
umask 077
printf '%s\n' "$users" > "${TMPDIR:-/tmp}/users.acl"
exec redis-server --aclfile "${TMPDIR:-/tmp}/users.acl" "$@"
