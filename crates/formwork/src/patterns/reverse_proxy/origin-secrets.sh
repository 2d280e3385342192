#!/bin/sh
# Writes conf/origin-secrets beside this file: the secrets with which CloudFront comes. As root, before nginx starts or reloads:
#   sh origin-secrets.sh ARN ARN                           from Secrets Manager; the instance's role needs secretsmanager:GetSecretValue
#   ORIGIN_SECRETS='NEWEST OLDER' sh origin-secrets.sh     from the environment
# The ARNs are in the output `OriginSecrets` of the stack. No secret is printed.
set -eu
umask 077

say() {
    printf 'formwork: %s\n' "$*" >&2
}

directory=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
file=$directory/conf/origin-secrets
new=$directory/conf/.origin-secrets.new

# A line of nginx's map. A secret of letters and digits is nothing but itself, to nginx and to an expression.
line() {
    case $1 in
    '' | *[!A-Za-z0-9]*)
        say "$2 is not a secret of letters and digits"
        return 1
        ;;
    esac
    printf '"~^%s$" 1;\n' "$1"
}

from_secrets_manager() {
    for arn in "$@"; do
        region=$(printf '%s' "$arn" | cut -d : -f 4)
        secret=$(aws secretsmanager get-secret-value --secret-id "$arn" --region "$region" \
            --query SecretString --output text </dev/null) || {
            say "$arn cannot be read"
            return 1
        }
        line "$secret" "the value of $arn" || return 1
    done
}

from_environment() {
    set -f
    # Two words: the newest secret, and the one before.
    # shellcheck disable=SC2086
    set -- ${ORIGIN_SECRETS-}
    set +f
    if [ "$#" -eq 0 ]; then
        say 'there is no secret: name their ARNs, or set ORIGIN_SECRETS'
        return 1
    fi
    for secret in "$@"; do
        line "$secret" 'a word of ORIGIN_SECRETS' || return 1
    done
}

mkdir -p "$directory/conf"
rm -f "$new"
if [ "$#" -gt 0 ]; then
    from_secrets_manager "$@" >"$new" || { rm -f "$new"; exit 1; }
else
    from_environment >"$new" || { rm -f "$new"; exit 1; }
fi
mv -f "$new" "$file"
say "$file is written"
