//! The generated code.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Ident, Result, Type, ext::IdentExt};

use crate::attributes::{Default, FieldAttributes, MessageAttributes, Range};

const UNKNOWN_TAGGED_FIELDS: &str = "unknown_tagged_fields";

struct ProtocolField<'a> {
    name: &'a Ident,
    ty: &'a Type,
    attributes: FieldAttributes,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let message = MessageAttributes::parse(&input.attrs)?;
    let (fields, keeps_unknown) = protocol_fields(input)?;
    let body = expand_struct(&input.ident, &fields, keeps_unknown);
    let message = message.map(|attributes| expand_message(&input.ident, &attributes));
    Ok(quote! { #body #message })
}

/// The fields, and whether there is one for unknown tagged fields.
fn protocol_fields(input: &DeriveInput) -> Result<(Vec<ProtocolField<'_>>, bool)> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.ident.span(), "only a struct can be a message"));
    };
    let named = match &data.fields {
        Fields::Named(fields) => &fields.named,
        Fields::Unnamed(_) | Fields::Unit => {
            return Err(Error::new(input.ident.span(), "a message's fields have names"));
        }
    };
    let mut fields = Vec::with_capacity(named.len());
    let mut keeps_unknown = false;
    for field in named {
        let Some(name) = &field.ident else { continue };
        if name == UNKNOWN_TAGGED_FIELDS {
            keeps_unknown = true;
            continue;
        }
        fields.push(ProtocolField { name, ty: &field.ty, attributes: FieldAttributes::parse(field, name)? });
    }
    Ok((fields, keeps_unknown))
}

fn expand_struct(name: &Ident, fields: &[ProtocolField<'_>], keeps_unknown: bool) -> TokenStream {
    let struct_name = name.to_string();
    let schemas = fields.iter().map(field_schema);
    let default = expand_default(name, fields, keeps_unknown);

    let call_each = |call: fn(&Ident, &Literal) -> TokenStream| -> Vec<TokenStream> {
        fields.iter().enumerate().map(|(at, field)| call(field.name, &index(at))).collect()
    };
    let reads = fields.iter().enumerate().map(|(at, field)| {
        let (name, at) = (field.name, index(at));
        let binding = if field.attributes.tagged.is_some() {
            quote! { mut #name }
        } else {
            quote! { #name }
        };
        quote! { let #binding = derive::read_field(reader, encoding, &Self::STRUCT.fields[#at])?; }
    });
    let names: Vec<_> = fields.iter().map(|field| field.name).collect();
    let writes = call_each(|name, at| {
        quote! { derive::write_field(&self.#name, writer, encoding, &Self::STRUCT.fields[#at])?; }
    });

    let (known_tags, tag_reads) = tagged_fields(fields);
    let (kept, unknown) = if keeps_unknown {
        (quote! { , unknown_tagged_fields }, quote! { &self.unknown_tagged_fields })
    } else {
        (quote! {}, quote! { wire::UnknownTaggedFields::EMPTY })
    };

    quote! {
        const _: () = {
            use ::kafka_proto::wire::{self, derive, Struct as _};

            #default

            impl wire::Struct for #name {
                const STRUCT: &'static wire::StructSchema =
                    &wire::StructSchema { name: #struct_name, fields: &[#(#schemas),*] };

                fn read_fields(
                    reader: &mut wire::Reader,
                    encoding: wire::Encoding,
                ) -> ::core::result::Result<Self, wire::DecodeError> {
                    #(#reads)*
                    let mut unknown_tagged_fields = wire::UnknownTaggedFields::default();
                    if encoding.flexible && !reader.skip_no_tags() {
                        derive::read_tagged(reader, &mut unknown_tagged_fields, &mut |reader, tag| match tag {
                            #(#tag_reads)*
                            _ => ::core::result::Result::Ok(false),
                        })?;
                    }
                    ::core::result::Result::Ok(Self { #(#names),* #kept })
                }

                fn write_fields(
                    &self,
                    writer: &mut wire::Writer,
                    encoding: wire::Encoding,
                ) -> ::core::result::Result<(), wire::EncodeError> {
                    #(#writes)*
                    derive::write_tagged(writer, encoding, &[#(#known_tags),*], #unknown)
                }

                fn fields_size(&self, encoding: wire::Encoding) -> usize {
                    derive::fields_size(Self::STRUCT, &[#(&self.#names),*], #unknown, encoding)
                }
            }
        };
    }
}

/// What is written of each tagged field, and how each is read, in the order of the tags.
fn tagged_fields(fields: &[ProtocolField<'_>]) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let tag = |(at, field): (usize, &ProtocolField<'_>)| field.attributes.tagged.map(|(tag, _)| (tag, at));
    let mut tagged: Vec<(u32, usize)> = fields.iter().enumerate().filter_map(tag).collect();
    tagged.sort_unstable();
    let written = |&(_, at): &(u32, usize)| {
        let (name, at) = (fields[at].name, index(at));
        quote! { (&Self::STRUCT.fields[#at], &self.#name) }
    };
    let read = |&(tag, at): &(u32, usize)| {
        let (name, at, tag) = (fields[at].name, index(at), Literal::u32_unsuffixed(tag));
        quote! { #tag => derive::read_known(reader, &mut #name, encoding, &Self::STRUCT.fields[#at]), }
    };
    (tagged.iter().map(written).collect(), tagged.iter().map(read).collect())
}

/// `Default`, with the defaults of the schema.
fn expand_default(name: &Ident, fields: &[ProtocolField<'_>], keeps_unknown: bool) -> TokenStream {
    let values = fields.iter().enumerate().map(|(at, field)| {
        let (name, at) = (field.name, index(at));
        quote! { #name: wire::Field::from_default(Self::STRUCT.fields[#at].default) }
    });
    let unknown =
        keeps_unknown.then(|| quote! { , unknown_tagged_fields: wire::UnknownTaggedFields::default() });
    quote! {
        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self { #(#values),* #unknown }
            }
        }
    }
}

fn field_schema(field: &ProtocolField<'_>) -> TokenStream {
    let attributes = &field.attributes;
    let (name, ty) = (field.name.unraw().to_string(), field.ty);
    let kafka_name = &attributes.kafka_name;
    let ty = if attributes.records {
        quote! { wire::FieldType::Records }
    } else {
        quote! { <#ty as wire::Field>::TYPE }
    };
    let (versions, nullable) = (range(attributes.versions), range(attributes.nullable));
    let tagged = option(attributes.tagged.map(|(tag, versions)| {
        let versions = range(versions);
        quote! { (#tag, #versions) }
    }));
    let default = match attributes.default {
        Default::Empty => quote! { Empty },
        Default::Null => quote! { Null },
        Default::True => quote! { True },
        Default::Int(value) => quote! { Int(#value) },
    };
    let (ignorable, classic_length) = (attributes.ignorable, attributes.classic_length);
    quote! {
        wire::FieldSchema {
            name: #name,
            kafka_name: #kafka_name,
            ty: #ty,
            versions: #versions,
            nullable: #nullable,
            tagged: #tagged,
            default: wire::DefaultValue::#default,
            ignorable: #ignorable,
            classic_length: #classic_length,
        }
    }
}

fn expand_message(name: &Ident, attributes: &MessageAttributes) -> TokenStream {
    let message_name = name.to_string();
    let kind = match attributes.kind.to_string().as_str() {
        "request" => quote! { Request },
        "response" => quote! { Response },
        "header" => quote! { Header },
        _ => quote! { Data },
    };
    let key = option(attributes.key.map(|key| quote! { #key }));
    let (versions, flexible) = (range(attributes.versions), range(attributes.flexible));
    let unstable = attributes.unstable;
    quote! {
        const _: () = {
            use ::kafka_proto::wire;

            impl wire::Message for #name {
                const SCHEMA: &'static wire::MessageSchema = &wire::MessageSchema {
                    name: #message_name,
                    kind: wire::MessageKind::#kind,
                    api_key: #key,
                    versions: #versions,
                    flexible: #flexible,
                    newest_is_unstable: #unstable,
                    body: <Self as wire::Struct>::STRUCT,
                };
            }
        };
    }
}

fn range(range: Range) -> TokenStream {
    let Range { oldest, newest } = range;
    quote! { wire::Versions::new(#oldest, #newest) }
}

fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(
        || quote! { ::core::option::Option::None },
        |value| quote! { ::core::option::Option::Some(#value) },
    )
}

fn index(at: usize) -> Literal {
    Literal::usize_unsuffixed(at)
}
