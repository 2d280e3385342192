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

# nginx's own word on what it runs with, over a connection of its own.
answer() {
    at_nginx curl --silent --max-time 2 --header "Host: $host" "http://127.0.0.1:$port$health" 2>/dev/null
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

# Waits until new connections get the files that answer so, and the processes of before take none. The processes are the same before and
# after the answer, and as many as before: then no process of another reload, still under way, takes connections too.
answers() {
    tries=0
    while [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        now=" $(workers | tr '\n' ' ')"
        if [ "$(answer)" = "$1" ] && [ " $(workers | tr '\n' ' ')" = "$now" ]; then
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
    [ "$(answer)" = "$1" ]
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
    say "$left processes of before still have connections, such as WebSockets; they end with them"
}

# Everything is as it was, once this has ended: nginx may have been asked to take the new files over already.
back() {
    trap '' HUP INT TERM
    say "$1; the files of before stay"
    rm -f "$new" "$new_compose" "$new_secrets"
    if [ -e "$old_secrets" ]; then
        mv -f "$old_secrets" "$secrets_file"
    elif [ "$secrets_placed" = yes ]; then
        rm -f "$secrets_file"
    fi
    if [ -e "$old_compose" ]; then
        mv -f "$old_compose" "$compose_file"
    fi
    if [ -e "$old" ]; then
        mv -f "$old" "$file"
        [ "$restarted" = no ] || project up --detach
        [ "$reloaded" = no ] || at_nginx nginx -s reload
        if [ "$restarted$reloaded" != nono ] && [ -n "$was" ]; then
            answers "$was" || say "nginx does not answer \"$was\" again"
        fi
    elif [ "$placed" = yes ]; then
        [ "$restarted" = no ] || project down
        rm -f "$file"
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
    delivered=$directory/.delivered
    placed=no secrets_placed=no restarted=no reloaded=no before='' was=''
    case $active in
    blue) address=$blue ;;
    green) address=$green ;;
    *) say "\"$active\" is neither blue nor green" && exit 1 ;;
    esac
    mkdir -p "$directory/conf" || exit 1
    # One delivery at a time: a rollback may come while what it undoes still runs.
    if command -v flock >/dev/null 2>&1; then
        exec 9>"$directory/.lock"
        flock -w 120 9 || { say 'another delivery does not end' && exit 1; }
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
            say 'the secrets of the origin are not to be had; the files of before stay'
            exit 1
        fi
        cmp -s "$new_secrets" "$secrets_file" || secrets_are_same=no
    fi
    conf | cmp -s - "$file" && is_same=yes || is_same=no
    if [ "$is_same$compose_is_same$secrets_are_same" = yesyesyes ] && [ "$(answer)" = "$active $digest" ]; then
        # Left by a delivery that was killed, and put right by another.
        rm -f "$new" "$old" "$new_compose" "$old_compose" "$new_secrets" "$old_secrets"
        printf '%s\n' "$active $address" >"$delivered"
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
    was=$(answer)
    if [ "$runs" = yes ]; then
        # A file for the same backend is brought whether or not that is there.
        if [ "$(cat "$delivered" 2>/dev/null)" != "$active $address" ]; then
            is_alive || back "$active does not answer at $address"
        fi
        if [ -n "$container" ] && [ "$compose_is_same" = yes ]; then
            at_nginx nginx -t -q -c /etc/nginx/.nginx.conf.new || back 'nginx does not take the file'
        fi
    fi

    # The file of before is there until the end. If it is there at the beginning, a delivery was killed, and it is what nginx runs with.
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
    answers "$active $digest" || back 'nginx did not take over the files'
    drained
    trap '' HUP INT TERM
    rm -f "$old" "$old_compose" "$new_secrets" "$old_secrets"
    printf '%s\n' "$active $address" >"$delivered"
    say "nginx has the files: $active $digest"
}

main
