FROM python:3.11-slim-bookworm
# postgresql-client: backup and restore speak to the database with its own tools
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-wqy-zenhei postgresql-client \
 && rm -rf /var/lib/apt/lists/*
COPY config/fonts.sh /tmp/fonts.sh
RUN apt-get update && sh /tmp/fonts.sh && rm -rf /var/lib/apt/lists/* /tmp/fonts.sh
WORKDIR /srv/mingqian
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN useradd --system --uid 999 --home /var/lib/mingqian mingqian \
 && install -d -m 700 -o mingqian /var/lib/mingqian /var/lib/mingqian-exchange /var/lib/mingqian-log-keys \
 && install -d -o mingqian /var/lib/mingqian-served/static /var/lib/mingqian-served/public /var/lib/mingqian-served/log \
 && install -d -m 700 -o mingqian /backups
USER mingqian
ENV MINGQIAN_VAR=/var/lib/mingqian MINGQIAN_SERVED=/var/lib/mingqian-served
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--timeout", "120", "--graceful-timeout", "30", "--forwarded-allow-ips", "*"]
