# docker build -t leakwarden . && docker run --rm -v "$PWD:/repo" leakwarden history
FROM node:20-alpine AS build
RUN apk add --no-cache git
WORKDIR /source
COPY . .
RUN npm ci && npm pack --pack-destination /packed

FROM node:20-alpine
RUN apk add --no-cache git
COPY --from=build /packed /packed
RUN npm install --global /packed/*.tgz && rm -r /packed
WORKDIR /repo
USER node
ENTRYPOINT ["leakwarden"]
CMD ["--help"]
