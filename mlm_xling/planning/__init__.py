"""Plans a run on devices that are not there: does it fit, what binds it, what does it cost?"""
