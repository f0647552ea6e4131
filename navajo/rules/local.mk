libnavajo_la_SOURCES += \
	%D%/action.h \
	%D%/event_log.h \
	%D%/facts.h \
	%D%/field.h \
	%D%/fields.def \
	%D%/program.h \
	%D%/rule_file.h \
	%D%/rule_store.h \
	%D%/template.h
