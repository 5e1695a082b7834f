# The MCP server on stdin and stdout:
#   docker build -t admonster-fb . && docker run -i --rm -e FACEBOOK_ACCESS_TOKEN -e FACEBOOK_AD_ACCOUNT_ID admonster-fb
# Without a token: docker run -i --rm admonster-fb --sandbox
FROM python:3.13-slim
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip install --no-cache-dir '.[mcp]' && useradd --create-home bot
USER bot
WORKDIR /bot
ENTRYPOINT ["admonster-fb", "mcp"]
