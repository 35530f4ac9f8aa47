//! The files of the page. They travel with the program, so that it needs no network and nothing beside it. Swagger UI is
//! there as its authors have built it (`swagger-ui-dist` 5.35.0 of the npm registry, without source maps).

/// The media type of a file, and what is in it.
pub fn file(path: &str) -> Option<(&'static str, &'static [u8])> {
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    const STYLE: &str = "text/css; charset=utf-8";
    const TEXT: &str = "text/plain; charset=utf-8";
    Some(match path {
        "" => ("text/html; charset=utf-8", include_bytes!("index.html").as_slice()),
        "page.css" => (STYLE, include_bytes!("page.css").as_slice()),
        "page.js" => (SCRIPT, include_bytes!("page.js").as_slice()),
        "dom.js" => (SCRIPT, include_bytes!("dom.js").as_slice()),
        "graph.js" => (SCRIPT, include_bytes!("graph.js").as_slice()),
        "timeline.js" => (SCRIPT, include_bytes!("timeline.js").as_slice()),
        "icon.svg" => ("image/svg+xml", include_bytes!("icon.svg").as_slice()),
        "swagger-ui/swagger-ui-bundle.js" => {
            (SCRIPT, include_bytes!("swagger-ui/swagger-ui-bundle.js").as_slice())
        }
        "swagger-ui/swagger-ui.css" => (STYLE, include_bytes!("swagger-ui/swagger-ui.css").as_slice()),
        "swagger-ui/LICENSE" => (TEXT, include_bytes!("swagger-ui/LICENSE").as_slice()),
        "swagger-ui/NOTICE" => (TEXT, include_bytes!("swagger-ui/NOTICE").as_slice()),
        "swagger-ui/swagger-ui-bundle.js.LICENSE.txt" => {
            (TEXT, include_bytes!("swagger-ui/swagger-ui-bundle.js.LICENSE.txt").as_slice())
        }
        _ => return None,
    })
}
