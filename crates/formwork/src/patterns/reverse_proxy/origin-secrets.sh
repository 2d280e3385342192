
directory=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
file=$directory/conf/origin-secrets new=$directory/conf/.origin-secrets.new
umask 077
mkdir -p "$directory/conf" || exit 1
if ! secret_lines "${*:-environment}" >"$new"; then
    rm -f "$new"
    exit 1
fi
mv -f "$new" "$file" || exit 1
say "$file is written"
