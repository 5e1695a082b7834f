"""What a copy that is created anew keeps: every field that Meta can read or write, carried, derived or refused.

*Carried*: read from the source and written to the copy. *Derived*: Meta or this library determines it, or it is no
state of the object. *Refused*: Meta can read and write it and this library cannot: a source that has it is not copied
unless `allow_loss` names the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import InvalidParameterError, ParameterError, Violation
from admonster_fb.models._node import Node
from admonster_fb.models.ad import Ad, AdCreate
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adset import AdSet, AdSetCreate
from admonster_fb.models.campaign import Campaign, CampaignCreate
from admonster_fb.workflows.creative import EXTRAS

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

_NO_VALUE: tuple[Any, ...] = (None, "", [], {}, 0, "0", False, "DEFAULT", "UNSET", "NONE", "GUIDED_CREATION")
"""Values with which Meta returns a field that is not set, or that it sets itself."""
SCHEDULES = "budget_schedules"
"""What `allow_loss` calls the budget schedules of a source."""


@dataclass(frozen=True, slots=True)
class CopyFields:
    """The fields of one kind of object, by what a copy does with them."""

    model: type[Node]
    writable: frozenset[str]
    """What this library can write to a new object."""
    derived: frozenset[str]
    refusable: frozenset[str]
    """What Meta can write to a new object; refused as long as this library cannot."""

    @property
    def carried(self) -> frozenset[str]:
        """The fields that are read from the source and written to the copy."""
        return frozenset(self.model.model_fields.keys() & self.writable) - self.derived

    @property
    def refused(self) -> frozenset[str]:
        """The fields with which a source is not copied."""
        return self.refusable - self.carried


_EVERY = (
    "id account_id name status effective_status configured_status created_time updated_time execution_options "
    "issues_info recommendations is_budget_schedule_enabled budget_schedule_specs date_format "
)
_CAMPAIGN = (
    "advantage_state_info bid_constraints boosted_object_id brand_lift_studies budget_rebalance_flag budget_remaining "
    "campaign_group_active_time can_create_brand_lift_study can_use_spend_cap has_secondary_skadnetwork_reporting "
    "last_budget_toggling_time primary_attribution source_campaign source_campaign_id source_recommendation_type "
    "special_ad_category topline_id iterative_split_test_configs"
)
_CAMPAIGN_REFUSED = (
    "frequency_control_specs is_direct_send_campaign is_message_campaign is_meta_moment_maker_enabled is_pca_unified "
    "is_reels_trending_ads_enabled smart_promotion_type"
)
_ADSET = (
    "campaign campaign_id anchor_event_attribution_window_days asset_feed_id bid_info brand_safety_config "
    "budget_remaining campaign_active_time creative_diversity_label creative_diversity_score instagram_user_id "
    "is_organic_ad_joint_optimized learning_stage_info low_creative_reach recurring_budget_semantics review_feedback "
    "source_adset source_adset_id special_ad_categories targeting_optimization_types use_new_app_click budget_source "
    "budget_split_set_id campaign_spec daily_imps is_sac_cfca_terms_certified line_number rb_prediction_id time_start "
    "time_stop topline_id tune_for_category"
)
_ADSET_REFUSED = (
    "ad_set_goal attribution_count_type automatic_manual_state bid_adjustments campaign_attribution creative_sequence "
    "creative_sequence_repetition_pattern existing_customer_budget_percentage full_funnel_exploration_mode "
    "is_ba_skip_delayed_eligible is_dc_follow_optimized is_incremental_attribution_enabled "
    "is_sequenced_conversion_creation lifetime_imps live_video_ad_campaign_config max_budget_spend_percentage "
    "meta_moment_maker_spec min_budget_spend_percentage multi_event_conversion_attribution_window_seconds "
    "relative_value rf_prediction_id time_based_ad_rotation_id_blocks time_based_ad_rotation_intervals "
    "trending_topics_spec"
)
_AD = (
    "adset adset_id campaign campaign_id ad_active_time ad_review_feedback bid_amount bid_info bid_type "
    "conversion_specs demolink_hash failed_delivery_checks last_updated_by_app_id placement preview_shareable_link "
    "source_ad source_ad_id special_ad_categories targeting tracking_and_conversion_with_defaults adset_spec "
    "audience_id dataset_split_specs draft_adgroup_id include_demolink_hashes"
)
_AD_REFUSED = (
    "creative_asset_groups_spec creative_audience_pairing_persona creative_automation_spec display_sequence priority"
)
_CREATIVE = (
    "actor_id auto_update body branded_content_sponsor_page_id call_to_action "
    "call_to_action_type collaborative_ads_lsb_image_bank_id "
    "effective_authorization_category effective_instagram_media_id effective_object_story_id enable_direct_install "
    "image_crops image_file image_hash image_url instagram_permalink_url instagram_user_id is_dco_internal "
    "link_deep_link_url link_destination_display_url link_og_id link_url media_optimization_spec "
    "messenger_sponsored_message object_id object_store_url object_type object_url page_welcome_message "
    "photo_album_source_object_story_id product_data source_facebook_post_id template_url thumbnail_id thumbnail_url "
    "threads_user_id title use_page_actor_override video_id"
)
_CREATIVE_REFUSED = (
    "ad_disclaimer_spec bundle_folder_id categorization_criteria category_media_source creative_sourcing_spec "
    "destination_set_id dynamic_ad_voice enable_launch_instant_app existing_post_title facebook_branded_content "
    "format_transformation_spec generative_asset_spec instagram_branded_content interactive_components_spec "
    "marketing_message_structured_spec media_sourcing_spec omnichannel_link_spec place_page_set_id playable_asset_id "
    "product_suggestion_settings recommender_settings regional_regulation_disclaimer_spec wamo_whatsapp_identity_spec"
)


def _fields(model: type[Node], writable: Iterable[str], derived: str, refusable: str) -> CopyFields:
    return CopyFields(model, frozenset(writable), frozenset((_EVERY + derived).split()), frozenset(refusable.split()))


_CONTENT = ("object_story_spec", "object_story_id", "source_instagram_media_id", "asset_feed_spec", "url_tags")
COPY_FIELDS: Mapping[str, CopyFields] = {
    "campaigns": _fields(Campaign, CampaignCreate.__annotations__, _CAMPAIGN, _CAMPAIGN_REFUSED),
    "adsets": _fields(AdSet, AdSetCreate.__annotations__, _ADSET, _ADSET_REFUSED),
    "ads": _fields(Ad, AdCreate.__annotations__, _AD, _AD_REFUSED),
    "adcreatives": _fields(
        AdCreative, {*_CONTENT, "degrees_of_freedom_spec", "product_set_id", *EXTRAS}, _CREATIVE, _CREATIVE_REFUSED
    ),
}
"""The fields of each kind of object that is copied."""


def losses(fb: FacebookAds, nodes: Mapping[str, Iterable[str]], allowed: Iterable[str]) -> Iterator[Violation]:
    """Yield what sources have that a copy cannot carry; `nodes` are IDs by edge, `allowed` what may be left out.

    >>> [*losses(fb, {"adsets": [adset_id]}, [])]
    []
    """
    names = {edge: sorted(COPY_FIELDS[edge].refused - {*allowed}) for edge in nodes}
    found = _read(fb, {(edge, node_id): names[edge] for edge, ids in nodes.items() for node_id in ids})
    for edge in {edge for (edge, _), item in found.items() if isinstance(item.error, InvalidParameterError)}:
        keys = [key for key in found if key[0] == edge]
        found |= _read(fb, dict.fromkeys(keys, _existing(fb, keys[0], names[edge])))
    for (edge, node_id), item in found.items():
        if isinstance(item.error, InvalidParameterError):
            continue
        node = item.result()
        for name in sorted({*names[edge]} & node.model_fields_set):
            if (value := getattr(node, name)) not in _NO_VALUE:
                yield lost_field(edge, node_id, name, value)


def _read(fb: FacebookAds, fields: Mapping[tuple[str, str], list[str]]) -> dict[tuple[str, str], Any]:
    """Return the reads of objects, by edge and ID, with fields of each."""
    with fb.batch() as batch:
        return {
            (edge, node_id): batch.add(getattr(fb, edge).get, node_id, fields=["id", *names])
            for (edge, node_id), names in fields.items()
        }


def _existing(fb: FacebookAds, key: tuple[str, str], names: list[str]) -> list[str]:
    """Return the fields that Meta has for this app: one that it does not have cannot be set either."""
    edge, node_id = key
    with fb.batch() as batch:
        items = {name: batch.add(getattr(fb, edge).get, node_id, fields=["id", name]) for name in names}
    return [name for name, item in items.items() if not isinstance(item.error, InvalidParameterError)]


def schedule_losses(
    fb: FacebookAds, holders: Iterable[Mapping[str, Any]], allowed: Iterable[str]
) -> Iterator[Violation]:
    """Yield the budget schedules of campaigns and ad sets, as fields, that are not over. A copy has none.

    >>> [*schedule_losses(fb, [{"id": campaign_id, "is_budget_schedule_enabled": False}], [])]
    []
    """
    for holder in holders if SCHEDULES not in allowed else ():
        if holder.get("is_budget_schedule_enabled"):
            rows = fb.budget_schedules.iter(holder["id"])
            ahead = [row for row in rows if not row.time_end or row.time_end > fb.now()]
            if ahead:
                edge = "adsets" if holder.get("campaign_id") else "campaigns"
                yield lost_field(edge, holder["id"], SCHEDULES, f"{len(ahead)} ahead")


def lost_field(edge: str, node_id: str, name: str, value: object) -> Violation:
    """Return the violation of a field that a copy cannot carry.

    >>> lost_field("adsets", "1", "lifetime_imps", 5).allowed
    'no value: a copy cannot carry it; allow_loss=["lifetime_imps"] leaves it out'
    """
    return Violation(
        f"{edge}.{node_id}.{name}", value, f'no value: a copy cannot carry it; allow_loss=["{name}"] leaves it out'
    )


def unsupported(overrides: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield the overrides that a copy does not take: it is always made, PAUSED, under `new_name`.

    >>> [each.field for each in unsupported({"status": "ACTIVE", "daily_budget": 2000})]
    ['status']
    """
    if overrides.get("status", "PAUSED") != "PAUSED":
        yield Violation(
            "status", overrides["status"], "PAUSED or no status: a copy never spends. Activate it afterwards"
        )
    if "name" in overrides:
        yield Violation("name", overrides["name"], "no value: new_name names the copy")
    if "execution_options" in overrides:
        yield Violation("execution_options", overrides["execution_options"], "no value: a copy is always made")


def check_losses(violations: Iterable[Violation]) -> None:
    """Raise `ParameterError` if there are violations.

    >>> check_losses([])
    """
    if found := [*violations]:
        raise ParameterError(found)
