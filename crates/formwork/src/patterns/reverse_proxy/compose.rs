//! The docker compose file that runs nginx on the instance. It has no values in it, so there is nothing to escape.

/// `docker-compose.yml`
pub(super) fn file() -> String {
    r#"# nginx, as a reverse proxy; its configuration is conf/nginx.conf beside this file.
# Start: docker compose up --detach

services:
  nginx:
    container_name: nginx
    image: nginx:stable-alpine-perl
    restart: on-failure:3
    ports:
      - "80:80"
    networks:
      - nginx-connection
    volumes:
      - ./conf/:/etc/nginx/conf.d/

networks:
  nginx-connection:
    driver: bridge
"#
    .to_owned()
}
