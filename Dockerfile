FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /peergroups ./server && mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /peergroups /peergroups
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV DATA_DIR=/data SMTP_LISTEN=:2525
VOLUME /data
EXPOSE 3000 2525
HEALTHCHECK --interval=30s --timeout=5s CMD ["/peergroups", "health"]
ENTRYPOINT ["/peergroups"]
