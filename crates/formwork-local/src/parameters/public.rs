//! Public parameters of Systems Manager, which AWS keeps in every account: the newest image of an operating system, for the most part.
//!
//! **The values are invented.** The engine has no network: it gives an image id that looks like one, always the same for a name in a
//! region, so that a template that asks for an image can be deployed and its preview does not change from day to day.
//!
//! Sources: Systems Manager User Guide, "Discovering public parameters in Parameter Store" (the services), and the guides of the services
//! on the names below them: ECS, "Retrieving Amazon ECS-optimized Linux AMI metadata"; EKS, "Retrieve recommended Amazon Linux AMI IDs"
//! and "… Bottlerocket AMI IDs"; EC2, "Reference AMIs using Systems Manager parameters".

use serde_json::json;

use crate::ids::Ids;

/// The services whose parameters are images.
const IMAGES: &[&str] = &[
    "ami-amazon-linux-latest",
    "ami-windows-latest",
    "bottlerocket",
    "canonical",
    "cloud9",
    "debian",
    "deeplearning",
    "ec2-macos",
    "ecs",
    "eks",
    "freebsd",
    "marketplace",
    "neuron",
    "suse",
];

/// The value of a public parameter; `None` where the engine knows of no such parameter.
pub(crate) fn value(region: &str, name: &str) -> Option<String> {
    let (service, rest) = name.strip_prefix("/aws/service/")?.split_once('/')?;
    if !IMAGES.contains(&service) || rest.is_empty() || rest.ends_with('/') {
        return None;
    }
    Some(match rest.rsplit('/').next() {
        Some("image_version" | "release_version") => "1.0.0".to_owned(),
        Some("image_name" | "source_image_name") => format!("{service}-image"),
        Some("os") => "Amazon Linux".to_owned(),
        Some("recommended") if service == "ecs" => {
            json!({ "image_id": image(region, &format!("{name}/image_id")), "image_name": "ecs-image", "schema_version": 1 })
                .to_string()
        }
        _ => image(region, name),
    })
}

/// The id of an image: the same for the same name in the same region.
fn image(region: &str, name: &str) -> String {
    let seed = region.bytes().chain([0]).chain(name.bytes());
    let seed =
        seed.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("ami-{}", Ids::new(seed).hex(17))
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn images_have_ids_of_their_own_that_stay() {
        let names = [
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
            "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
            "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
            "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id",
            "/aws/service/bottlerocket/aws-ecs-2/arm64/latest/image_id",
            "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
        ];
        let ids: Vec<String> = names.iter().filter_map(|name| value("us-east-1", name)).collect();
        insta::assert_snapshot!(ids.join("\n"));
        assert_ne!(value("eu-west-1", names[0]), value("us-east-1", names[0]));
        let whole = value("us-east-1", "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended").unwrap();
        assert!(whole.contains(&ids[2]), "{whole}");
        for other in ["/aws/service/none/x", "/aws/service/ecs", "/aws/service/ecs/", "/my/own", ""] {
            assert_eq!(value("us-east-1", other), None, "{other}");
        }
    }
}
