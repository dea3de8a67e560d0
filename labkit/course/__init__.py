"""The course machinery: claims checked in front of the reader, exercises that check themselves, quizzes, records."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "chapter": ["start"],
        "claims": ["Claim", "ClaimError", "ClaimResult", "all_claims", "claim", "claim_all", "get_claim"],
        "checking": ["CheckResult", "check"],
        "explorables": ["explorable"],
        "exercises": ["Exercise", "all_exercises", "hint", "solution"],
        "interactive": ["explore"],
        "judging": ["ProjectResult", "check_project"],
        "pencils": ["Pencil", "all_pencils", "pencil"],
        "profile": ["Profile", "current_profile"],
        "projects": ["Project", "all_projects", "project_data", "show_project"],
        "quiz": ["Question", "all_questions", "show_quiz"],
        "recording": ["Experiment", "all_experiments", "record", "run_record"],
        "records": ["Record", "all_records", "recorded", "recorded_all"],
    },
)
