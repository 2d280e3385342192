# Brings the files to nginx: all of it, or nothing. What is set above: active, digest, blue, green, directory, container, host, port,
# health, check, drain, secrets, and the functions conf and compose, which write the files.

say() {
    printf 'formwork: %s\n' "$*"
}

# A command where nginx is: in its container, or on this machine.
at_nginx() {
    if [ -n "$container" ]; then
        docker exec "$container" "$@" </dev/null
    else
        "$@" </dev/null
    fi
}

# The answer of nginx at this port, under this name, at this path, over a connection of its own.
asked() {
    at_nginx curl --silent --max-time 2 --header "Host: $2" "http://127.0.0.1:$1$3" 2>/dev/null
}

# Port, name and path at which nginx says what it runs with, where it runs with this file, and the answer: colour and digest.
told_by() {
    awk '$1 == "listen" && $2 ~ /^[0-9]/ { port = $2 + 0 }
        $1 == "server_name" && $2 ~ /^"/ && name == "" { name = $2; gsub(/[";]/, "", name); sub(/^[*]/, "health", name) }
        $1 == "location" && $2 == "=" { path = $3 }
        $1 == "return" && $2 == "200" { print port, name, path, substr($3, 2), substr($4, 1, 16); exit }' "$1" 2>/dev/null
}

# True if nginx gives an answer, with port, name and path before it.
says() {
    printf '%s\n' "$1" | {
        read -r its_port its_name its_path its_answer && [ -n "$its_answer" ] &&
            [ "$(asked "$its_port" "$its_name" "$its_path")" = "$its_answer" ]
    }
}

# True if nginx says that it runs with this file.
has() {
    says "$(told_by "$1")"
}

# The address that a file has for the active colour.
address_in() {
    awk -v color="$active" '$1 == "upstream" { name = $2 }
        $1 == "server" && name == color { sub(/;$/, "", $2); print $2; exit }' "$1" 2>/dev/null
}

# True if the active colour and its address are those of nginx's file, so that nothing is switched.
is_same_backend() {
    [ "$was" = yes ] && [ "$(address_in "$file")" = "$address" ] && told_by "$file" | {
        read -r _ _ _ its_color _ && [ "$its_color" = "$active" ]
    }
}

is_running() {
    if [ -n "$container" ]; then
        docker exec "$container" true </dev/null >/dev/null 2>&1
    else
        [ -n "$(masters)" ]
    fi
}

# docker compose, as a part of docker or as a program of its own. What it starts must not hold the lock of the delivery.
project() {
    if docker compose version >/dev/null 2>&1; then
        (cd "$directory" && docker compose "$@" </dev/null 9>&-)
    else
        (cd "$directory" && docker-compose "$@" </dev/null 9>&-)
    fi
}

processes() {
    if [ -n "$container" ]; then
        docker top "$container" -eo pid,ppid,args
    else
        ps -eo pid,ppid,args
    fi 2>/dev/null
}

# Those of other containers are no business of an nginx of this machine.
masters() {
    processes | awk '$3 == "nginx:" && $4 == "master" { print $1 }' | while read -r id; do
        [ -n "$container" ] || [ "$(readlink "/proc/$id/ns/pid")" = "$(readlink /proc/self/ns/pid)" ] || continue
        printf '%s\n' "$id"
    done
}

# The processes that take new connections.
workers() {
    for master in $(masters); do
        processes | awk -v master="$master" \
            '$2 == master && $3 == "nginx:" && $4 == "worker" && $6 != "is" { print $1 }'
    done
}

# Puts what a function writes beside a file. Nothing that nginx reads is touched.
beside() {
    if ! "$1" >"$2" || ! sync; then
        rm -f "$2"
        return 1
    fi
}

# Whether the colour answers, asked from where nginx will ask.
is_alive() {
    tries=0
    while :; do
        status=$(at_nginx curl --silent --output /dev/null --write-out '%{http_code}' --max-time 5 \
            --header "Host: $host" "http://$address$check" 2>/dev/null) || status=0
        # Any answer but a failure of its own is one.
        [ "${status:-0}" -lt 100 ] || [ "$status" -ge 500 ] || return 0
        tries=$((tries + 1))
        [ "$tries" -lt 5 ] || return 1
        sleep 1
    done
}

# The words after `include` in the configuration that nginx would read, and the files of it; nothing where nginx does not tell.
configuration() {
    at_nginx nginx -T 2>/dev/null | awk '
        /^# configuration file .*:$/ { print "file", substr($0, 22, length($0) - 22); next }
        { line = $0; sub(/^[ \t]*#.*/, "", line); text = text " " line }
        END {
            while (match(text, /(^|[ \t;{}])include[ \t]+[^;]+;/)) {
                word = substr(text, RSTART, RLENGTH)
                sub(/^.*include[ \t]+/, "", word)
                gsub(/["\047; \t]/, "", word)
                print "include", word
                text = substr(text, RSTART + RLENGTH - 1)
            }
        }'
}

# True if it is sure that an nginx of this machine does not read the file, and will not: its configuration can be read, it is that of the
# nginx that runs, and no include of it is for the file, by its own name, through a link or by a pattern.
is_left_out() {
    all=$(configuration) || return 1
    main=$(printf '%s\n' "$all" | awk '$1 == "file" { print $2; exit }')
    [ -n "$main" ] || return 1
    processes | awk -v main="$main" '$3 == "nginx:" && $4 == "master" {
        for (i = 5; i <= NF; i++) if ($i ~ /^-[cp]/ && !($i == "-p" && $0 ~ / -c /) && !($i == "-c" && $(i + 1) == main)) exit 1
    }' || return 1
    real=$(readlink -f "$directory/conf")/nginx.conf
    printf '%s\n' "$all" | (
        while read -r kind path; do
            case $path in /*) ;; *) path=${main%/*}/$path ;; esac
            if [ "$kind" = file ]; then
                [ "$(readlink -f "$path")" != "$real" ] || exit 1
            else
                folder=$(readlink -f "${path%/*}") || folder=${path%/*}
                # A pattern is one here, too.
                # shellcheck disable=SC2254
                case $real in $path | $folder/${path##*/}) exit 1 ;; esac
                # shellcheck disable=SC2254
                case $file in $path) exit 1 ;; esac
            fi
        done
    )
}

# Waits until new connections get the files that answer so, and the processes of before take none. The processes are the same before and
# after the answer, and as many as before: then no process of another reload, still under way, takes connections too.
answers() {
    tries=0
    while [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        now=" $(workers | tr '\n' ' ')"
        if says "$1" && [ " $(workers | tr '\n' ' ')" = "$now" ]; then
            still=no more=0
            for id in $now; do
                more=$((more + 1))
            done
            for id in $before; do
                more=$((more - 1))
                case $now in *" $id "*) still=yes ;; esac
            done
            [ "$still" = yes ] || { [ -n "$before" ] && [ "$more" -ne 0 ]; } || return 0
        fi
        sleep 0.2
    done
    # Processes of another nginx of this machine stay.
    says "$1"
}

# Waits until the processes of before are gone: with their last request, or, if WebSockets keep them, when the time is over.
drained() {
    waited=0
    while [ "$waited" -lt "$drain" ]; do
        left=0
        for id in $before; do
            [ ! -d "/proc/$id" ] || left=$((left + 1))
        done
        [ "$left" -gt 0 ] || return 0
        sleep 1
        waited=$((waited + 1))
    done
    say "$left old nginx processes still have connections, such as WebSockets; they end with them"
}

# Files of a delivery that was killed: beside those in their place are those of before. nginx says which of them it runs with, and they
# are the ones that stay. Files that it was seen to run with have none beside them, so nothing is known only of a delivery that was killed
# before; if nginx does not answer either, those of before are still what is put back.
settle() {
    settled=yes
    if [ -e "$old" ]; then
        tries=0
        while [ "$tries" -lt 5 ]; do
            if ! cmp -s "$old" "$file" && has "$file"; then
                rm -f "$old_secrets" "$old_compose" "$old"
                return
            elif has "$old"; then
                break
            fi
            is_running || break
            tries=$((tries + 1))
            sleep 1
        done
        if [ "$tries" -eq 5 ] || ! is_running; then
            settled=no
            return
        fi
    fi
    # It may have read the secrets, of which it says nothing: it reads them again.
    [ ! -e "$old_secrets" ] || settled=no
    put_back
}

# Puts the files of before in their place, as far as there are any.
put_back() {
    [ ! -e "$old_secrets" ] || mv -f "$old_secrets" "$secrets_file"
    [ ! -e "$old_compose" ] || mv -f "$old_compose" "$compose_file"
    [ ! -e "$old" ] || mv -f "$old" "$file"
}

# The end of a delivery that has changed nothing.
refuse() {
    if [ -e "$file" ]; then
        say "$1; the previous files stay in place"
    else
        say "$1; nginx has no files yet"
    fi
    exit 1
}

# Everything is as it was, once this has ended: nginx may have been asked to take the new files over already.
back() {
    trap '' HUP INT TERM
    rm -f "$new" "$new_compose" "$new_secrets"
    if [ "$placed" = no ]; then
        if [ -e "$old_secrets" ]; then
            mv -f "$old_secrets" "$secrets_file"
        elif [ "$secrets_placed" = yes ]; then
            rm -f "$secrets_file"
        fi
        refuse "$1"
    fi
    if [ -e "$old" ]; then
        say "$1; the previous files stay in place"
        [ -e "$old_secrets" ] || [ "$secrets_placed" = no ] || rm -f "$secrets_file"
        put_back
        [ "$restarted" = no ] || project up --detach
        [ "$reloaded" = no ] || at_nginx nginx -s reload
        if [ "$restarted$reloaded" != nono ] && [ "$was" = yes ]; then
            answers "$(told_by "$file")" || say 'nginx does not answer as before'
        fi
    else
        say "$1; nothing of this delivery stays, and nginx has no files yet"
        [ "$restarted" = no ] || project down
        rm -f "$file"
        [ "$secrets_placed" = no ] || rm -f "$secrets_file"
        [ "$compose_is_same" = yes ] || rm -f "$compose_file"
    fi
    exit 1
}

main() {
    umask 022
    file=$directory/conf/nginx.conf new=$directory/conf/.nginx.conf.new old=$directory/conf/.nginx.conf.old
    compose_file=$directory/docker-compose.yml
    new_compose=$directory/.docker-compose.yml.new old_compose=$directory/.docker-compose.yml.old
    secrets_file=$directory/conf/origin-secrets
    new_secrets=$directory/conf/.origin-secrets.new old_secrets=$directory/conf/.origin-secrets.old
    # A pattern, which may match nothing: nginx starts before the first delivery, too.
    include="include $directory/conf/nginx*.conf;"
    placed=no secrets_placed=no restarted=no reloaded=no before='' was=no
    case $active in
    blue) address=$blue ;;
    green) address=$green ;;
    *)
        say "\"$active\" is neither blue nor green"
        exit 1
        ;;
    esac
    if ! mkdir -p "$directory/conf" || ! (: >>"$directory/.lock") 2>/dev/null; then
        say "\"$directory\" cannot be written; nothing is delivered"
        exit 1
    fi
    # One delivery at a time: a rollback may come while what it undoes still runs.
    if command -v flock >/dev/null 2>&1; then
        exec 9>"$directory/.lock"
        flock -w 120 9 || { say 'another delivery is still running after 120 s'; exit 1; }
    fi
    settle
    if [ -z "$container" ] && ! has "$file" && is_left_out; then
        refuse "nginx does not read \"$file\": its http block needs the line \"$include\""
    fi

    compose_is_same=yes
    if [ -n "$container" ]; then
        compose | cmp -s - "$compose_file" || compose_is_same=no
    fi
    secrets_are_same=yes
    if [ -n "$secrets" ]; then
        # Root alone reads them: nginx does so before it gives its rights up.
        if ! (umask 077 && secret_lines "$secrets" >"$new_secrets"); then
            rm -f "$new_secrets"
            refuse 'the secrets of the origin are not to be had'
        fi
        cmp -s "$new_secrets" "$secrets_file" || secrets_are_same=no
    fi
    conf | cmp -s - "$file" && is_same=yes || is_same=no
    ! has "$file" || was=yes
    if [ "$is_same$compose_is_same$secrets_are_same$settled$was" = yesyesyesyesyes ]; then
        rm -f "$new" "$new_compose" "$new_secrets"
        [ -n "$secrets" ] || rm -f "$secrets_file"
        say "nginx has these files: $active $digest"
        exit 0
    fi

    trap 'back "the delivery was interrupted"' HUP INT TERM
    beside conf "$new" || back "\"$new\" cannot be written"
    if [ "$compose_is_same" = no ]; then
        beside compose "$new_compose" || back "\"$new_compose\" cannot be written"
    fi

    # Before nginx tests the file that includes them. It reads them with the reload, not before.
    if [ "$secrets_are_same" = no ]; then
        if [ -e "$secrets_file" ] && [ ! -e "$old_secrets" ]; then
            ln "$secrets_file" "$old_secrets" || back "\"$old_secrets\" cannot be written"
        fi
        secrets_placed=yes
        mv -f "$new_secrets" "$secrets_file" || back "\"$secrets_file\" cannot be replaced"
    fi

    is_running && runs=yes || runs=no
    if [ "$runs" = yes ]; then
        # A file for the same backend is brought whether or not that is there.
        if ! is_same_backend; then
            is_alive || back "$active does not answer at $address"
        fi
        if [ -n "$container" ] && [ "$compose_is_same" = yes ]; then
            at_nginx nginx -t -q -c /etc/nginx/.nginx.conf.new || back 'nginx does not take the file'
        fi
    fi

    # The file of before is there until nginx was seen to run with the new one. If it is there at the beginning, a delivery was killed.
    if [ -e "$file" ] && [ ! -e "$old" ]; then
        ln "$file" "$old" || back "\"$old\" cannot be written"
    fi
    placed=yes
    mv -f "$new" "$file" || back "\"$file\" cannot be replaced"
    if [ "$compose_is_same" = no ]; then
        if [ -e "$compose_file" ] && [ ! -e "$old_compose" ]; then
            ln "$compose_file" "$old_compose" || back "\"$old_compose\" cannot be written"
        fi
        mv -f "$new_compose" "$compose_file" || back "\"$compose_file\" cannot be replaced"
    fi

    if [ -n "$container" ] && [ "$runs$compose_is_same" != yesyes ]; then
        say 'docker starts nginx'
        restarted=yes
        project up --detach || back 'docker does not start nginx'
    elif [ "$runs" = no ]; then
        back 'nginx does not run'
    else
        [ -n "$container" ] || at_nginx nginx -t -q || back 'nginx does not take the file'
        before=$(workers)
        reloaded=yes
        at_nginx nginx -s reload || back 'nginx does not reload'
    fi
    if ! answers "$port $host $health $active $digest"; then
        [ -n "$container" ] || back "nginx did not take over the files; its http block needs the line \"$include\""
        back 'nginx did not take over the files'
    fi
    # From here on there is no way back: the new files are those in force, whatever ends this. That of before is the last to go, since a
    # delivery that comes after a kill looks for it.
    trap 'say "the delivery was interrupted, and nginx has the files: $active $digest"; exit 1' HUP INT TERM
    rm -f "$new_secrets" "$old_secrets" "$old_compose" "$old"
    # The word of deliveries of before on the backend, and the secrets of an origin that is open again.
    rm -f "$directory/.delivered"
    [ -n "$secrets" ] || rm -f "$secrets_file"
    drained
    say "nginx has the files: $active $digest"
}

main
