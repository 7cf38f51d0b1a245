//! Configurations and requests. A request is: where, host, path, and, if it is worth saying, the answer.
//!
//! The file is long since it is one table; each case stands by itself.

/// The inside of `http`, and what is asked.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) requests: &'static [&'static [&'static str]],
}

const A: &str = "127.0.0.1:{A}";
const B: &str = "127.0.0.1:{B}";

/// `{A}`, `{B}`, `{C}` are ports, `{E}` is an upstream that answers `passed HOST PATH`, `{DIR}` the folder.
pub(crate) const CASES: &[Case] = &[
    Case {
        name: "exact names, first server as default",
        text: "server { listen {A}; server_name a.test www.a.test; return 200 a; }
               server { listen {A}; server_name b.test; return 200 b; }",
        requests: &[
            &[A, "a.test", "/", "200 a"],
            &[A, "WWW.A.test:8080", "/", "200 a"],
            &[A, "b.test.", "/", "200 b"],
            &[A, "none.test", "/", "200 a"],
            &[A, "127.0.0.1", "/", "200 a"],
        ],
    },
    Case {
        name: "a stated default",
        text: "server { listen {A}; server_name a.test; return 200 a; }
               server { listen {A} default_server; server_name _; return 200 default; }
               server { listen {A}; return 200 nameless; }",
        requests: &[
            &[A, "a.test", "/", "200 a"],
            &[A, "other.test", "/", "200 default"],
            &[A, "_", "/", "200 default"],
            &[A, "", "/", "200 nameless"],
        ],
    },
    Case {
        name: "wildcards: the longest leading, then the longest trailing",
        text: "server { listen {A}; server_name first; return 200 first; }
               server { listen {A}; server_name *.test; return 200 s-test; }
               server { listen {A}; server_name *.a.test; return 200 s-a-test; }
               server { listen {A}; server_name www.*; return 200 www-s; }
               server { listen {A}; server_name www.a.*; return 200 www-a-s; }
               server { listen {A}; server_name deep.a.test; return 200 deep; }",
        requests: &[
            &[A, "x.a.test", "/", "200 s-a-test"],
            &[A, "x.y.a.test", "/", "200 s-a-test"],
            &[A, "a.test", "/", "200 s-test"],
            &[A, "b.test", "/", "200 s-test"],
            &[A, "test", "/", "200 first"],
            &[A, "deep.a.test", "/", "200 deep"],
            &[A, "www.a.test", "/", "200 s-a-test"],
            &[A, "www.b.example", "/", "200 www-s"],
            &[A, "www.a.example", "/", "200 www-a-s"],
            &[A, "www.a.b.example", "/", "200 www-a-s"],
            &[A, "www", "/", "200 first"],
            &[A, "xwww.example", "/", "200 first"],
        ],
    },
    Case {
        name: "a leading dot is the name and all below it",
        text: "server { listen {A}; server_name first; return 200 first; }
               server { listen {A}; server_name .a.test; return 200 dot; }
               server { listen {A}; server_name *.test; return 200 star; }",
        requests: &[
            &[A, "a.test", "/", "200 dot"],
            &[A, "x.a.test", "/", "200 dot"],
            &[A, "xa.test", "/", "200 star"],
        ],
    },
    Case {
        name: "names that are taken are ignored, in nginx's own way",
        text: "server { listen {A}; server_name first; return 200 first; }
               server { listen {A}; server_name a.test; return 200 a1; }
               server { listen {A}; server_name a.test; return 200 a2; }
               server { listen {A}; server_name .a.test; return 200 dot; }
               server { listen {A}; server_name *.b.test; return 200 star-b; }
               server { listen {A}; server_name .b.test; return 200 dot-b; }
               server { listen {A}; server_name b.test; return 200 b; }
               server { listen {A}; server_name c.*; return 200 c1; }
               server { listen {A}; server_name c.*; return 200 c2; }",
        requests: &[
            &[A, "a.test", "/", "200 a1"],
            &[A, "x.a.test", "/", "200 first"],
            &[A, "x.b.test", "/", "200 star-b"],
            &[A, "b.test", "/", "200 first"],
            &[A, "c.test", "/", "200 c1"],
        ],
    },
    Case {
        name: "regular expressions come after all other names, in order",
        text: r#"server { listen {A}; server_name first; return 200 first; }
               server { listen {A}; server_name ~^(?<sub>[a-z]+)\.re\.test$; return 200 "re $sub"; }
               server { listen {A}; server_name ~\.test$; return 200 "any"; }
               server { listen {A}; server_name exact.re.test; return 200 exact; }
               server { listen {A}; server_name *.star.re.test; return 200 star; }
               server { listen {A}; server_name "~^n\d{2}\.num$"; return 200 "num"; }"#,
        requests: &[
            &[A, "x.re.test", "/", "200 re x"],
            &[A, "x9.re.test", "/", "200 any"],
            &[A, "exact.re.test", "/", "200 exact"],
            &[A, "a.star.re.test", "/", "200 star"],
            &[A, "n12.num", "/", "200 num"],
            &[A, "n123.num", "/", "200 first"],
        ],
    },
    Case {
        name: "a regular expression that only PCRE reads",
        text: r"server { listen {A}; server_name first; return 200 first; }
               server { listen {A}; server_name ~^(?!www)[a-z]+\.test$; return 200 look; }
               server { listen {A}; server_name ~\.test$; return 200 any; }",
        requests: &[&[A, "www.test", "/", "200 any"], &[A, "x.test", "/", "200 look"]],
    },
    Case {
        name: "an address of its own beats the wildcard",
        text: "server { listen {A}; server_name a.test; return 200 any; }
               server { listen 127.0.0.1:{A}; server_name b.test; return 200 own; }
               server { listen *:{A}; server_name b.test; return 200 any-b; }",
        requests: &[
            &[A, "a.test", "/", "200 own"],
            &[A, "b.test", "/", "200 own"],
            &["127.0.0.2:{A}", "a.test", "/", "200 any"],
            &["127.0.0.2:{A}", "b.test", "/", "200 any-b"],
            &["127.0.0.2:{A}", "x.test", "/", "200 any"],
        ],
    },
    Case {
        name: "two ports, two defaults",
        text: "server { listen {A}; listen {B} default_server; server_name a.test; return 200 a$server_port; }
               server { listen {A} default_server; listen {B}; server_name b.test; return 200 b$server_port; }",
        requests: &[
            &[A, "a.test", "/"],
            &[A, "x.test", "/"],
            &[B, "b.test", "/"],
            &[B, "x.test", "/"],
            &["127.0.0.1:{C}", "x.test", "/", "refused"],
        ],
    },
    Case {
        name: "IPv6 apart from IPv4",
        text: "server { listen {A}; return 200 four; }
               server { listen [::]:{A}; return 200 six; }
               server { listen [::1]:{B}; return 200 one; }",
        requests: &[
            &[A, "x.test", "/", "200 four"],
            &["[::1]:{A}", "x.test", "/", "200 six"],
            &["[::1]:{B}", "x.test", "/", "200 one"],
            &[B, "x.test", "/", "refused"],
        ],
    },
    Case {
        name: "IPv6 that takes IPv4 as well",
        text: "server { listen [::]:{A} ipv6only=off; server_name a.test; return 200 a; }
               server { listen [::]:{A}; server_name b.test; return 200 b; }",
        requests: &[
            &[A, "b.test", "/", "200 b"],
            &["[::1]:{A}", "b.test", "/", "200 b"],
            &[A, "x.test", "/", "200 a"],
        ],
    },
    Case {
        name: "a socket in the file system",
        text: "server { listen unix:{DIR}/n.sock; server_name a.test; return 200 a; }
               server { listen unix:{DIR}/n.sock default_server; listen {A}; return 200 d; }",
        requests: &[
            &["unix:{DIR}/n.sock", "a.test", "/", "200 a"],
            &["unix:{DIR}/n.sock", "x.test", "/", "200 d"],
            &[A, "a.test", "/", "200 d"],
        ],
    },
    Case {
        name: "locations: exact, longest prefix, ^~, expressions in order",
        text: r#"server { listen {A};
                location = / { return 200 root; }
                location / { return 200 slash; }
                location /docs/ { return 200 docs; }
                location /docs/deep { return 200 deep; }
                location ^~ /static/ { return 200 static; }
                location = /docs/exact { return 200 exact; }
                location ~* \.(gif|jpg)$ { return 200 image; }
                location ~ \.JPG$ { return 200 never; }
                location ~ ^/docs/re { return 200 re; }
                location ~^/glued { return 200 glued; }
                location =/tight { return 200 tight; }
               }"#,
        requests: &[
            &[A, "x", "/", "200 root"],
            &[A, "x", "/other", "200 slash"],
            &[A, "x", "/docs/a", "200 docs"],
            &[A, "x", "/docs", "200 slash"],
            &[A, "x", "/docs/deeper", "200 deep"],
            &[A, "x", "/docs/exact", "200 exact"],
            &[A, "x", "/docs/exact/", "200 docs"],
            &[A, "x", "/docs/a.jpg", "200 image"],
            &[A, "x", "/docs/a.JPG", "200 image"],
            &[A, "x", "/docs/re", "200 re"],
            &[A, "x", "/static/a.jpg", "200 static"],
            &[A, "x", "/glued/x", "200 glued"],
            &[A, "x", "/tight", "200 tight"],
            &[A, "x", "/tight/", "200 slash"],
        ],
    },
    Case {
        name: "paths are decoded and tidied before they are compared",
        text: "server { listen {A};
                location / { return 200 slash; }
                location /a/b { return 200 ab; }
                location '/a b' { return 200 blank; }
                location /x/ { return 200 x; }
               }
               server { listen {A}; listen {B}; server_name raw.test; merge_slashes off;
                location / { return 200 slash; }
                location /a/b { return 200 ab; }
               }",
        requests: &[
            &[A, "x", "/a//b", "200 ab"],
            &[A, "x", "/a/./b?x=/x/", "200 ab"],
            &[A, "x", "/x/../a/b", "200 ab"],
            &[A, "x", "/%61/b", "200 ab"],
            &[A, "x", "/a%2Fb", "200 ab"],
            &[A, "x", "/a%20b", "200 blank"],
            &[A, "x", "/x/..", "200 slash"],
            &[A, "x", "/../a", "400"],
            &[A, "x", "/%zz", "400"],
            // The socket's default server decides, for the host is not read yet.
            &[A, "raw.test", "/a//b", "200 ab"],
            &[B, "raw.test", "/a//b", "200 slash"],
            &[A, "raw.test", "/a/b", "200 ab"],
        ],
    },
    Case {
        name: "nested locations end the search before outer expressions",
        text: r#"server { listen {A};
                location /app/ {
                    location /app/in/ { return 200 in; }
                    location ~ \.php$ { return 200 inner-php; }
                    location = /app/one { return 200 one; }
                    return 200 app;
                }
                location ^~ /shut/ {
                    location /shut/in/ { return 200 shut-in; }
                    return 200 shut;
                }
                location /open/ {
                    location ^~ /open/in/ { return 200 open-in; }
                    return 200 open;
                }
                location ~ \.php$ { return 200 php; }
                location ~ ^/re/ {
                    location ~ \.txt$ { return 200 re-txt; }
                    return 200 re;
                }
                location / { return 200 slash; }
               }"#,
        requests: &[
            &[A, "x", "/app/", "200 app"],
            &[A, "x", "/app/x.php", "200 inner-php"],
            &[A, "x", "/app/in/x.php", "200 inner-php"],
            &[A, "x", "/app/in/x", "200 in"],
            &[A, "x", "/app/one", "200 one"],
            &[A, "x", "/shut/x.php", "200 shut"],
            &[A, "x", "/shut/in/x.php", "200 shut-in"],
            &[A, "x", "/open/in/x.php", "200 php"],
            &[A, "x", "/open/x", "200 open"],
            &[A, "x", "/re/a.txt", "200 re-txt"],
            &[A, "x", "/re/a", "200 re"],
            &[A, "x", "/x.php", "200 php"],
        ],
    },
    Case {
        name: "a location with an unclear expression",
        text: r"server { listen {A};
                location / { return 200 slash; }
                location ~ ^/(?!api) { return 200 look; }
                location ~ ^/api/v1 { return 200 v1; }
                location ^~ /sure { return 200 sure; }
               }",
        requests: &[
            &[A, "x", "/api/v1", "200 v1"],
            &[A, "x", "/api/v2", "200 slash"],
            &[A, "x", "/other", "200 look"],
            &[A, "x", "/sure", "200 sure"],
        ],
    },
    Case {
        name: "server without locations, and rewrites of the server",
        text: "server { listen {A}; server_name a.test; return 301 https://$host$request_uri; }
               server { listen {A}; server_name b.test; rewrite ^/old/(.*)$ /new/$1 last;
                location / { return 200 slash; }
                location /new/ { return 200 new; } }
               server { listen {A}; server_name c.test; rewrite ^/(.*)$ http://other.test/$1 permanent; }
               server { listen {A}; server_name d.test; rewrite ^/x/(?<rest>.*)$ /y/$rest?k=1;
                rewrite ^/y/ /z/; location /z/ { return 200 \"z $args\"; } }
               server { listen {A}; server_name e.test; rewrite ^ /drop?; location / { return 200 \"e $args\"; } }
               server { listen {A}; server_name f.test; return 444; }
               server { listen {A}; server_name g.test; return http://g.test/x; }",
        requests: &[
            &[A, "a.test", "/p?q=1", "301 https://a.test/p?q=1"],
            &[A, "b.test", "/old/x", "200 new"],
            &[A, "b.test", "/older", "200 slash"],
            &[A, "c.test", "/p?q=1", "301 http://other.test/p?q=1"],
            &[A, "d.test", "/x/1?a=b", "200 z k=1&a=b"],
            &[A, "e.test", "/x?a=b", "200 e"],
            &[A, "f.test", "/", "closed"],
            &[A, "g.test", "/", "302 http://g.test/x"],
        ],
    },
    Case {
        name: "conditions that the host decides, as certbot writes them",
        text: "server {
                if ($host = www.a.test) { return 301 https://$host$request_uri; }
                if ($host = a.test) { return 301 https://$host$request_uri; }
                listen {A}; server_name a.test www.a.test b.test; return 404; }
               server { listen {A}; server_name c.test; set $go 0;
                if ($host ~ ^c) { set $go 1; }
                if ($request_uri ~* \"^/SKIP\") { set $go 0; }
                if ($go) { return 200 gone; }
                location / { return 200 stayed; } }
               server { listen {A}; server_name d.test;
                if ($scheme != https) { return 302 https://d.test/; } }
               server { listen {A}; server_name e.test;
                location / { if ($arg_x = 1) { return 200 one; } if ($args) { return 200 args; } return 200 none; } }",
        requests: &[
            &[A, "a.test", "/x", "301 https://a.test/x"],
            &[A, "www.a.test", "/x", "301 https://www.a.test/x"],
            &[A, "b.test", "/x", "404"],
            &[A, "c.test", "/", "200 gone"],
            &[A, "c.test", "/skip", "200 stayed"],
            &[A, "d.test", "/", "302 https://d.test/"],
            &[A, "e.test", "/?x=1", "200 one"],
            &[A, "e.test", "/?x=2", "200 args"],
            &[A, "e.test", "/", "200 none"],
        ],
    },
    Case {
        name: "conditions that only the request decides",
        text: r#"server { listen {A};
                if ($http_x_secret = "hunter2") { return 200 secret; }
                location / {
                    if ($http_user_agent ~* curl) { return 403; }
                    if ($request_method = POST) { return 405; }
                    return 200 seen;
                } }"#,
        requests: &[&[A, "x", "/", "200 seen"]],
    },
    Case {
        name: "rewrites of a location",
        text: "server { listen {A};
                location /a/ { rewrite ^/a/(.*)$ /b/$1 last; return 200 never; }
                location /b/ { return 200 b; }
                location /c/ { rewrite ^/c/(.*)$ /b/$1 break; return 200 never; root {DIR}/c; }
                location /d/ { rewrite ^/d/x /b/x; return 200 d; }
                location /e/ { break; return 200 never; root {DIR}/e; }
                location /loop { rewrite ^ /loop last; }
                location /f/ { rewrite ^/f/(.*)$ /b/$1; }
               }
--- c/b/1
file {DIR}/c
--- e/e/1
file {DIR}/e",
        requests: &[
            &[A, "x", "/a/1", "200 b"],
            &[A, "x", "/c/1", "200 file {DIR}/c"],
            &[A, "x", "/d/x", "200 d"],
            &[A, "x", "/e/1", "200 file {DIR}/e"],
            &[A, "x", "/loop", "500"],
            &[A, "x", "/f/1", "200 b"],
        ],
    },
    Case {
        name: "try_files and named locations",
        text: "server { listen {A}; root {DIR}/www;
                location / { try_files $uri $uri/ @app; }
                location @app { return 200 \"app $uri\"; }
                location /old/ { try_files $uri /front?q=$uri; }
                location = /front { return 200 \"front $args\"; }
                location /none/ { try_files $uri =410; }
                location /lost/ { try_files $uri @nowhere; }
                location /in/ { internal; return 200 in; }
                location /to-in/ { try_files $uri /in/x; }
               }
--- www/there.txt
file {DIR}/www
--- www/folder/index.html
file {DIR}/www",
        requests: &[
            &[A, "x", "/there.txt", "200 file {DIR}/www"],
            &[A, "x", "/missing", "200 app /missing"],
            &[A, "x", "/folder/", "200 file {DIR}/www"],
            &[A, "x", "/old/x", "200 front q=/old/x"],
            &[A, "x", "/none/x", "410"],
            &[A, "x", "/lost/x", "500"],
            &[A, "x", "/in/x", "404"],
            &[A, "x", "/to-in/x", "200 in"],
        ],
    },
    Case {
        name: "an index leads to another location",
        text: r"server { listen {A}; root {DIR}/www; index index.php index.html;
                location / { try_files $uri $uri/ /index.php?$args; }
                location ~ \.php$ { return 200 php; }
                location /plain/ { }
               }
--- www/index.php
code
--- www/plain/index.html
file {DIR}/www",
        requests: &[
            &[A, "x", "/", "200 php"],
            &[A, "x", "/post/1", "200 php"],
            &[A, "x", "/plain/", "200 file {DIR}/www"],
        ],
    },
    Case {
        name: "what an upstream is asked for",
        text: "upstream app { server 127.0.0.1:{E}; keepalive 4; }
               server { listen {A};
                location / { proxy_pass http://127.0.0.1:{E}; }
                location /slash/ { proxy_pass http://127.0.0.1:{E}/; }
                location /path/ { proxy_pass http://app/base/; }
                location /glue { proxy_pass http://app/base; }
                location = /exact { proxy_pass http://app/other; }
                location /host/ { proxy_set_header Host $host; proxy_pass http://app; }
                location /http_host/ { proxy_set_header Host $http_host; proxy_pass http://app; }
                location /fixed/ { proxy_set_header Host fixed.test; proxy_pass http://app; }
                location /other/ { proxy_set_header X-Real-IP $remote_addr; proxy_pass http://app; }
                location /var/ { set $to 127.0.0.1:{E}; proxy_pass http://$to; }
                location /varpath/ { set $to 127.0.0.1:{E}; proxy_pass http://$to/fixed?x=$arg_y; }
                location /vargroup/ { set $to app; proxy_pass http://$to$request_uri; }
                location /break/ { rewrite ^/break/(.*)$ /broken/$1 break; proxy_pass http://app/ignored/; }
                location /if/ { if ($host = up.test) { proxy_pass http://app; } return 200 no; }
                location ~ ^/re/ { proxy_pass http://app; }
               }
               server { listen {A}; server_name inherit.test;
                proxy_set_header Host outer.test;
                location / { proxy_pass http://app; }
                location /inner/ { proxy_set_header X-A b; proxy_pass http://app; }
                location /nest/ { proxy_set_header Host nest.test; location /nest/in/ { proxy_pass http://app; } }
               }",
        requests: &[
            &[A, "up.test", "/p%20a?q=1", "200 passed 127.0.0.1:{E} /p%20a?q=1"],
            &[A, "up.test", "/slash/p%20a?q=1", "200 passed 127.0.0.1:{E} /p%20a?q=1"],
            &[A, "up.test", "/slash", "301 http://up.test:{A}/slash/"],
            &[A, "up.test", "/path/a", "200 passed app /base/a"],
            &[A, "up.test", "/glue/a", "200 passed app /base/a"],
            &[A, "up.test", "/gluea", "200 passed app /basea"],
            &[A, "up.test", "/exact?q", "200 passed app /other?q"],
            &[A, "UP.test:123", "/host/", "200 passed up.test /host/"],
            &[A, "UP.test:123", "/http_host/", "200 passed UP.test:123 /http_host/"],
            &[A, "up.test", "/fixed/", "200 passed fixed.test /fixed/"],
            &[A, "up.test", "/other/", "200 passed app /other/"],
            &[A, "up.test", "/var/x//y", "200 passed 127.0.0.1:{E} /var/x//y"],
            &[A, "up.test", "/varpath/x?y=2", "200 passed 127.0.0.1:{E} /fixed?x=2"],
            &[A, "up.test", "/vargroup/x?y=2", "200 passed app /vargroup/x?y=2"],
            &[A, "up.test", "/break/x?y", "200 passed app /broken/x?y"],
            &[A, "up.test", "/re/x//y?z", "200 passed app /re/x//y?z"],
            &[A, "inherit.test", "/", "200 passed outer.test /"],
            &[A, "inherit.test", "/inner/", "200 passed app /inner/"],
            &[A, "inherit.test", "/nest/in/", "200 passed nest.test /nest/in/"],
        ],
    },
    Case {
        name: "a condition that holds has the location's upstream, or its own",
        text: "upstream app { server 127.0.0.1:{E}; }
               server { listen {A};
                location / { if ($host = a.test) { set $x 1; } proxy_set_header Host base; proxy_pass http://app; }
                location /own/ { if ($host = a.test) { proxy_pass http://127.0.0.1:{E}; } proxy_pass http://app; }
                location /two/ { if ($host = a.test) { set $y 1; } if ($host ~ test) { proxy_pass http://127.0.0.1:{E}; } }
                location /tried/ { root {DIR}; if ($host = a.test) { set $x 1; } try_files /there =404; }
               }
--- tried/x
file {DIR}
--- there
wrong",
        requests: &[
            &[A, "a.test", "/", "200 passed base /"],
            &[A, "b.test", "/", "200 passed base /"],
            &[A, "a.test", "/own/", "200 passed 127.0.0.1:{E} /own/"],
            &[A, "b.test", "/own/", "200 passed app /own/"],
            &[A, "a.test", "/two/", "200 passed 127.0.0.1:{E} /two/"],
            &[A, "a.test", "/tried/x", "200 file {DIR}"],
        ],
    },
    Case {
        name: "upstreams by map",
        text: r"map $host $to { hostnames; default 127.0.0.1:{E}; a.test app; *.b.test app; ~^c(?<n>\d) app; d.test $other; }
               map $to $other { default app; }
               map $uri $where { default front; ~^/api api; /Exact exact; }
               upstream app { server 127.0.0.1:{E}; }
               server { listen {A};
                location / { proxy_pass http://$to; }
                location /w { return 200 $where; }
                location /api { return 200 $where; }
                location /exact { return 200 $where; }
               }",
        requests: &[
            &[A, "x.test", "/", "200 passed 127.0.0.1:{E} /"],
            &[A, "A.test", "/", "200 passed app /"],
            &[A, "x.b.test", "/", "200 passed app /"],
            &[A, "b.test", "/", "200 passed 127.0.0.1:{E} /"],
            &[A, "c1.test", "/", "200 passed app /"],
            &[A, "x.test", "/w", "200 front"],
            &[A, "x.test", "/api/1", "200 api"],
            &[A, "x.test", "/exact", "200 exact"],
        ],
    },
    Case {
        name: "an upstream behind a socket, and one named like nothing",
        text: "server { listen unix:{DIR}/up.sock; return 200 \"passed $http_host $request_uri\"; }
               upstream group { server unix:{DIR}/up.sock; server 127.0.0.1:1 backup; }
               server { listen {A};
                location / { proxy_pass http://unix:{DIR}/up.sock; }
                location /base/ { proxy_pass http://unix:{DIR}/up.sock:/other/; }
                location /group/ { proxy_pass http://group; }
               }",
        requests: &[
            &[A, "x.test", "/a?b", "200 passed localhost /a?b"],
            &[A, "x.test", "/base/c", "200 passed localhost /other/c"],
            &[A, "x.test", "/group/c", "200 passed group /group/c"],
        ],
    },
    Case {
        name: "a redirect adds the slash, unless the path is a location itself",
        text: "server { listen {A}; absolute_redirect off;
                location /app/ { proxy_pass http://127.0.0.1:{E}; }
                location /both/ { proxy_pass http://127.0.0.1:{E}; }
                location = /both { return 200 both; }
                location /pre/ { proxy_pass http://127.0.0.1:{E}; }
                location /pre { return 200 pre; }
                location /plain/ { return 200 plain; }
                location ~ ^/app { return 200 re; }
                location / { return 200 slash; }
               }",
        requests: &[
            &[A, "x", "/app", "301 /app/"],
            &[A, "x", "/both", "200 both"],
            &[A, "x", "/pre", "200 pre"],
            &[A, "x", "/plain", "200 slash"],
            &[A, "x", "/app/x", "200 re"],
        ],
    },
    Case {
        name: "includes in the order of their names",
        text: "include sites/*.conf;
--- sites/20-b.conf
server { listen {A}; server_name b.test; include snippets/loc; }
--- sites/10-a.conf
server { listen {A}; server_name a.test; return 200 a; }
--- sites/.hidden.conf
server { listen {A} default_server; return 200 hidden; }
--- sites/30-c.conf~
server { listen {A} default_server; return 200 backup; }
--- snippets/loc
location / { return 200 snippet; }",
        requests: &[&[A, "x.test", "/", "200 a"], &[A, "b.test", "/", "200 snippet"]],
    },
    Case {
        name: "words with quotes, escapes and braces",
        text: r#"server { listen {A}; server_name "a.test" 'b.test';
                location ~ "^/n\d{2}$" { return 200 "two \"digits\""; }
                location ~ ^/e\{x\} { return 200 'brace{}'; }
                location "/with space" { return 200 space; }
                location /h#sh { return 200 hash; } # a comment { with ; braces
                location /v { set $v 1; return 200 "${v}2 it's"; }
                location / { return 200 else; }
               }"#,
        requests: &[
            &[A, "b.test", "/n12", "200 two \"digits\""],
            &[A, "b.test", "/e%7Bx%7D", "200 brace{}"],
            &[A, "b.test", "/with%20space/x", "200 space"],
            &[A, "b.test", "/h%23sh", "200 hash"],
            &[A, "b.test", "/v", "200 12 it's"],
            &[A, "b.test", "/n123", "200 else"],
        ],
    },
    Case {
        name: "files of the server, of an alias, and without any root",
        text: "server { listen {A}; server_name a.test; root {DIR}/a; }
               server { listen {A}; server_name b.test; root {DIR}/a; location /b/ { alias {DIR}/b/; } location /c { root rel; } }
               server { listen {A}; server_name c.test; }
               server { listen {A}; server_name ~^(?<site>[a-z]+)\\.sites$; root {DIR}/$site; }
--- a/f
file {DIR}/a
--- b/f
file {DIR}/b
--- rel/c
file {DIR}/rel
--- html/f
file {DIR}/html",
        requests: &[
            &[A, "a.test", "/f", "200 file {DIR}/a"],
            &[A, "b.test", "/f", "200 file {DIR}/a"],
            &[A, "b.test", "/b/f", "200 file {DIR}/b"],
            &[A, "b.test", "/c", "200 file {DIR}/rel"],
            &[A, "c.test", "/f", "200 file {DIR}/html"],
            &[A, "b.sites", "/f", "200 file {DIR}/b"],
        ],
    },
    Case {
        name: "a range of addresses and names of the machine itself",
        text: "server { listen localhost:{A}; server_name localhost; return 200 local; }
               server { listen 127.0.0.1:{A}; server_name a.test; return 200 a; }
               server { listen 127.0.0.3:{A} default_server; server_name localhost; return 200 three; }",
        requests: &[
            &[A, "a.test", "/", "200 a"],
            &[A, "x.test", "/", "200 local"],
            &["127.0.0.3:{A}", "a.test", "/", "200 three"],
            &["127.0.0.4:{A}", "a.test", "/", "refused"],
        ],
    },
];

/// Servers with certificates of their own name.
pub(crate) const TLS: &str = "
    ssl_certificate outer.pem; ssl_certificate_key {DIR}/outer.key;
    server { listen {A} ssl default_server; ssl_certificate first.pem; ssl_certificate_key first.key; return 200 x; }
    server { listen {A}; server_name shop.test; ssl_certificate {DIR}/shop.pem; ssl_certificate_key shop.key; return 200 x; }
    server { listen {A} ssl; server_name *.wild.test; ssl_certificate wild.pem; ssl_certificate_key wild.key; return 200 x; }
    server { listen {A} ssl; server_name outer.test; return 200 x; }
    server { listen {A} ssl; server_name no.test; ssl_reject_handshake on; }";

/// The name in the hello, and the certificate that is shown.
pub(crate) const TLS_NAMES: &[(&str, Option<&str>)] = &[
    ("shop.test", Some("shop")),
    ("a.wild.test", Some("wild")),
    ("outer.test", Some("outer")),
    ("other.test", Some("first")),
    ("no.test", None),
];
