-- wrk's part: GET the path in PATHS (several, one a line, asked in turn); {n} becomes a number never used before, so
-- that no cache has the page. At the end one line of JSON: requests, seconds, p95 in milliseconds, errors.
local paths, n = {}, tonumber(os.getenv("FROM") or "0")
for path in os.getenv("PATHS"):gmatch("[^\n]+") do paths[#paths + 1] = path end
request = function()
  n = n + 1
  local path = paths[(n % #paths) + 1]:gsub("{n}", tostring(n))
  return wrk.format("GET", path, { ["Host"] = "127.0.0.1", ["Accept-Encoding"] = "gzip" })
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\n{"requests": %d, "seconds": %f, "p95": %f, "p50": %f, "errors": %d, "bytes": %d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(95) / 1000, latency:percentile(50) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout, summary.bytes))
end
