
# A line of nginx's map. A secret of letters and digits is nothing but itself, to nginx and to an expression.
secret_line() {
    case $1 in
    '' | *[!A-Za-z0-9]*)
        say "$2 is not a secret of letters and digits" >&2
        return 1
        ;;
    esac
    printf '"~^%s$" 1;\n' "$1"
}

# The words of ORIGIN_SECRETS, a line each, whichever white space is between them.
origin_secrets() {
    printf '%s\n' "${ORIGIN_SECRETS-}" | tr -s '[:space:]' '\n' | sed '/^$/d'
}

# The map's lines, the newest secret first: from the environment, or from Secrets Manager by the ARNs. No secret is printed elsewhere,
# and none is an argument of a program, which everybody sees.
secret_lines() {
    if [ "$1" = environment ]; then
        if [ -z "$(origin_secrets)" ]; then
            say 'ORIGIN_SECRETS is not set: the newest secret of the origin, and the one before' >&2
            return 1
        fi
        if [ "$(origin_secrets | wc -l)" -gt 2 ]; then
            say 'ORIGIN_SECRETS has more than two secrets: the newest one of the origin, and the one before' >&2
            return 1
        fi
        origin_secrets | while IFS= read -r secret; do
            secret_line "$secret" 'a word of ORIGIN_SECRETS' || return 1
        done
        return
    fi
    # No character of an ARN means anything to a shell.
    for arn in $1; do
        region=$(printf '%s' "$arn" | cut -d : -f 4)
        if ! secret=$(aws secretsmanager get-secret-value --secret-id "$arn" --region "$region" \
            --query SecretString --output text </dev/null); then
            say "$arn cannot be read" >&2
            return 1
        fi
        secret_line "$secret" "the value of $arn" || return 1
    done
}
