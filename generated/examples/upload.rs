//! Uploads a file of any size from disk, and shows the progress.
//!
//! ```sh
//! TOP_APP_KEY=… TOP_APP_SECRET=… TOP_SESSION=… cargo run -p topsdk --features async --example upload -- photo.jpg
//! ```

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use std::{env, error::Error as StdError, path::Path};

use topsdk::{
    File, Request, Response,
    client::{Client, Error},
    codec::Session,
};

/// A hand-written API whose page is not in this repository. `topsdk generate` creates the same from its page.
#[derive(Clone, Debug, Default, Request)]
#[top(method = "taobao.picture.upload", response = PictureUploadResponse)]
pub struct PictureUploadRequest {
    #[top(required)]
    pub picture_category_id: Option<i64>,
    #[top(required)]
    pub img: Option<File>,
    #[top(required)]
    pub image_input_title: Option<String>,
}

/// The response.
#[derive(Clone, Debug, Default, Response)]
pub struct PictureUploadResponse {
    pub picture: Option<Picture>,
}

/// A picture in the shop's picture space.
#[derive(Clone, Debug, Default, topsdk::Object)]
pub struct Picture {
    pub picture_id: Option<i64>,
    pub picture_path: Option<String>,
}

/// Uploads a photo, and returns the path under which the platform stores it.
pub async fn upload(client: &Client, session: &Session, photo: &Path) -> Result<Option<String>, Error> {
    let request = PictureUploadRequest {
        picture_category_id: Some(0),
        img: Some(File::on_disk(photo).with_content_type("image/jpeg")),
        image_input_title: Some("photo".to_owned()),
    };
    let call = client.call(&request).session(session).on_progress(|progress| {
        eprintln!("{} of {} bytes", progress.sent, progress.whole);
    });
    let reply = call.send().await?;
    Ok(reply.value.picture.and_then(|picture| picture.picture_path))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let session = Session::from_env()?;
    let photo = env::args_os().nth(1).ok_or("which photo?")?;
    println!("{:?}", upload(&Client::from_env()?, &session, Path::new(&photo)).await?);
    Ok(())
}
