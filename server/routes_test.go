package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
)

// routeLine finds the routes in the table itself, so that a new one without a row fails.
var routeLine = regexp.MustCompile(`\{(get|post), "([^"]+)", (anyone|member),`)

// matrix says what each persona gets: visitor, a member outside the group, a member of it,
// and the administrator, who owns the group. {G} is a hidden group's path, {T} a topic in
// it, {P} a post, {D} a draft. Foreign answers as absent: 404.
var matrix = map[string][4]int{
	"get /account/certification":                 {303, 200, 200, 200},
	"post /account/certification":                {403, 409, 409, 303},
	"get /account/certification/check":           {303, 303, 303, 303},
	"post /account/certification/check":          {403, 404, 404, 303},
	"get /account/certification/withdraw":        {303, 303, 303, 200},
	"post /account/certification/withdraw":       {403, 404, 404, 303},
	"post /account/certification/listed":         {403, 303, 303, 404},
	"get /account/certification/training":        {303, 404, 404, 404},
	"post /account/certification/training":       {403, 404, 404, 404},
	"get /evidence/1/a.txt":                      {303, 404, 404, 404},
	"get /feedback/x":                            {409, 409, 409, 409},
	"post /feedback/x":                           {409, 409, 409, 409},
	"get /verify/M-1":                            {404, 404, 404, 404},
	"get /staff/certification/1":                 {303, 403, 403, 404},
	"post /staff/certification/1/claim":          {403, 403, 403, 404},
	"post /staff/certification/1/release":        {403, 403, 403, 404},
	"post /staff/certification/1/check":          {403, 403, 403, 404},
	"post /staff/certification/1/note":           {403, 403, 403, 404},
	"post /staff/certification/1/ask":            {403, 403, 403, 404},
	"post /staff/certification/1/decide":         {403, 403, 403, 404},
	"post /staff/certification/1/confirm":        {403, 403, 403, 404},
	"get /staff/certificates/1":                  {303, 403, 403, 404},
	"post /staff/certificates/1/suspend":         {403, 403, 403, 404},
	"post /staff/certificates/1/lift":            {403, 403, 403, 404},
	"get /staff/programmes":                      {303, 403, 403, 200},
	"post /staff/programmes":                     {403, 403, 403, 422},
	"post /staff/programmes/1":                   {403, 403, 403, 422},
	"get /staff/certification-rules":             {303, 403, 403, 200},
	"post /staff/certification-rules":            {403, 403, 403, 422},
	"get /login/second":                          {409, 409, 409, 409},
	"post /login/second":                         {409, 409, 409, 409},
	"get /accessibility":                         {200, 200, 200, 200},
	"get /conduct":                               {200, 200, 200, 200},
	"get /conduct/:version":                      {404, 404, 404, 404},
	"get /privacy/:version":                      {404, 404, 404, 404},
	"get /terms/:version":                        {404, 404, 404, 404},
	"get /account/privacy":                       {303, 200, 200, 200},
	"post /account/privacy":                      {403, 404, 404, 404},
	"post /account/policies":                     {403, 404, 404, 404},
	"get /staff/incidents":                       {303, 403, 403, 200},
	"post /staff/incidents":                      {403, 403, 403, 422},
	"get /staff/incidents/:id":                   {303, 403, 403, 404},
	"post /staff/incidents/:id":                  {403, 403, 403, 404},
	"get /staff/incidents/:id/proof":             {303, 403, 403, 404},
	"get /staff/legal":                           {303, 403, 403, 200},
	"post /staff/legal":                          {403, 403, 403, 422},
	"get /staff/legal/:id":                       {303, 403, 403, 404},
	"post /staff/legal/:id":                      {403, 403, 403, 404},
	"post /staff/organisation/logo":              {403, 403, 403, 303},
	"get /logo/:name":                            {404, 404, 404, 404},
	"get /staff/retention":                       {303, 403, 403, 200},
	"post /staff/retention":                      {403, 403, 403, 404},
	"get /staff/data":                            {303, 403, 403, 200},
	"get /staff/data/:form":                      {303, 403, 403, 404},
	"get /usage":                                 {404, 404, 404, 404},
	"get /usage.csv":                             {404, 404, 404, 404},
	"get /usage.json":                            {404, 404, 404, 404},
	"post /analytics":                            {303, 303, 303, 303},
	"get /staff/usage":                           {303, 403, 403, 200},
	"post /staff/usage":                          {403, 403, 403, 303},
	"get /staff/usage.csv":                       {303, 403, 403, 200},
	"get /staff/usage.json":                      {303, 403, 403, 200},
	"get /staff/usage/analytics":                 {303, 403, 403, 200},
	"post /staff/usage/analytics":                {403, 403, 403, 303},
	"get /staff/security-log":                    {303, 403, 403, 403},
	"post /staff/security-log":                   {403, 403, 403, 403},
	"get /staff/transfer":                        {303, 403, 403, 200},
	"post /staff/transfer":                       {403, 403, 403, 422},
	"post /staff/transfer/withdraw":              {403, 403, 403, 404},
	"get /staff/providers":                       {303, 403, 403, 200},
	"post /staff/providers":                      {403, 403, 403, 404},
	"get /staff/log":                             {303, 403, 403, 200},
	"get /staff/policies":                        {303, 403, 403, 200},
	"get /staff/policies/:name":                  {303, 403, 403, 404},
	"post /staff/policies/:name":                 {403, 403, 403, 404},
	"post /register/check":                       {422, 422, 422, 422},
	"post /register/resend":                      {409, 409, 409, 409},
	"post /register/change":                      {200, 200, 200, 200},
	"get /account/data":                          {303, 200, 200, 200},
	"post /account/data":                         {403, 422, 422, 422},
	"get /account/security":                      {303, 200, 200, 200},
	"get /account/security/app":                  {303, 200, 200, 200},
	"post /account/security/app":                 {403, 422, 422, 422},
	"post /account/security/app/confirm":         {403, 409, 409, 409},
	"get /account/security/app/remove":           {303, 200, 200, 200},
	"post /account/security/app/remove":          {403, 422, 422, 422},
	"get /account/security/codes":                {303, 200, 200, 200},
	"post /account/security/codes":               {403, 422, 422, 422},
	"post /login/forget":                         {303, 303, 303, 303},
	"post /account/sessions/end-all":             {403, 303, 303, 303},
	"post /account/sessions/computer":            {403, 303, 303, 303},
	"get /address/x":                             {303, 409, 409, 409},
	"post /address":                              {403, 409, 409, 409},
	"get /account/security/password":             {303, 200, 200, 200},
	"post /account/security/password":            {403, 422, 422, 422},
	"get /account/security/address":              {303, 200, 200, 200},
	"post /account/security/address":             {403, 422, 422, 422},
	"post /login/passkey":                        {409, 409, 409, 409},
	"post /login/linked":                         {404, 404, 404, 404},
	"get /login/linked/back":                     {404, 404, 404, 404},
	"get /account/security/linked":               {303, 404, 404, 404},
	"post /account/security/linked":              {403, 404, 404, 404},
	"get /account/security/linked/remove":        {303, 200, 200, 200},
	"post /account/security/linked/remove":       {403, 422, 422, 422},
	"get /account/security/passkey":              {303, 200, 200, 200},
	"post /account/security/passkey":             {403, 422, 422, 422},
	"post /account/security/passkey/add":         {403, 409, 409, 409},
	"get /account/security/passkey/remove":       {303, 200, 200, 200},
	"post /account/security/passkey/remove":      {403, 422, 422, 422},
	"get /account/security/prove":                {303, 303, 303, 303},
	"post /account/security/prove":               {403, 303, 303, 303},
	"post /staff/roles/factors":                  {403, 403, 403, 422},
	"get /":                                      {200, 200, 200, 200},
	"get /latest":                                {200, 200, 200, 200},
	"get /new":                                   {303, 200, 200, 200},
	"get /unread":                                {303, 200, 200, 200},
	"get /unanswered":                            {303, 200, 200, 200},
	"get /mine":                                  {303, 200, 200, 200},
	"get /my/drafts":                             {303, 303, 303, 303},
	"get /groups":                                {200, 200, 200, 200},
	"get {G}":                                    {404, 404, 200, 200},
	"get {G}/b/talk":                             {404, 404, 200, 200},
	"get {T}":                                    {404, 404, 301, 301},
	"get {T}/topic":                              {404, 404, 200, 200},
	"get {P}":                                    {404, 404, 303, 303},
	"get {P}/history":                            {404, 404, 200, 200},
	"get {P}/change":                             {303, 404, 404, 200},
	"post {P}/change":                            {403, 404, 404, 422},
	"get {P}/take-back":                          {303, 404, 404, 200},
	"post {P}/take-back":                         {403, 404, 404, 303},
	"get {G}/settings/vetting":                   {303, 404, 403, 200},
	"post {G}/settings/vetting":                  {403, 404, 403, 422},
	"get {G}/manage/vet":                         {303, 404, 403, 404},
	"post {G}/manage/vet":                        {403, 404, 403, 404},
	"post {G}/manage/unvet":                      {403, 404, 403, 404},
	"get /waiting/1":                             {303, 404, 404, 404},
	"post /waiting/1/claim":                      {403, 404, 404, 404},
	"post /waiting/1/release":                    {403, 404, 404, 404},
	"post /waiting/1/approve":                    {403, 404, 404, 404},
	"post /waiting/1/decline":                    {403, 404, 404, 404},
	"post /account/drafts/1/change":              {403, 404, 404, 404},
	"get /account/waiting/1":                     {303, 404, 404, 404},
	"post /account/waiting/1/take-back":          {403, 303, 303, 303},
	"get {T}/slow":                               {303, 404, 403, 200},
	"post {T}/slow":                              {403, 404, 403, 422},
	"get {G}/manage/freeze":                      {303, 404, 403, 200},
	"post {G}/manage/freeze":                     {403, 404, 403, 422},
	"post {G}/manage/unfreeze":                   {403, 404, 403, 303},
	"get {G}/manage/member":                      {303, 404, 403, 404},
	"post {G}/manage/member":                     {403, 404, 403, 404},
	"post {G}/manage/member/drop":                {403, 404, 303, 303},
	"get {G}/manage/answers":                     {303, 404, 403, 200},
	"post {G}/manage/answers":                    {403, 404, 403, 422},
	"post {G}/manage/answers/drop":               {403, 404, 403, 303},
	"get {P}/edit":                               {303, 404, 403, 403},
	"post {P}/edit":                              {403, 404, 403, 403},
	"post {P}/redact":                            {403, 404, 403, 404},
	"get {P}/erase":                              {303, 404, 403, 403},
	"post {P}/erase":                             {403, 404, 403, 403},
	"get /staff/erasures":                        {303, 403, 403, 200},
	"post /staff/erasures/1":                     {403, 403, 403, 404},
	"get {G}/log":                                {303, 404, 200, 200},
	"get /transparency":                          {200, 200, 200, 200},
	"get /staff/transparency":                    {303, 403, 403, 200},
	"post /staff/transparency":                   {403, 403, 403, 404},
	"get /said/1":                                {404, 404, 404, 404},
	"get /said/1/more":                           {404, 404, 404, 404},
	"post /said/1/react":                         {403, 404, 404, 404},
	"get {G}/r/hall/settings":                    {303, 404, 403, 200},
	"post {G}/r/hall/settings":                   {403, 404, 403, 422},
	"post {G}/r/hall/lock":                       {403, 404, 403, 303},
	"post {G}/r/hall/archive":                    {403, 404, 403, 303},
	"post {G}/r/hall/take":                       {403, 404, 404, 404},
	"post {G}/r/hall/leave":                      {403, 404, 303, 303},
	"get {G}/r/hall/out":                         {303, 404, 403, 404},
	"post {G}/r/hall/out":                        {403, 404, 403, 404},
	"get {G}/r/hall/mute":                        {303, 404, 403, 404},
	"post {G}/r/hall/mute":                       {403, 404, 403, 404},
	"post {G}/r/hall/unmute":                     {403, 404, 403, 303},
	"get {G}/r/hall/minutes":                     {303, 404, 200, 200},
	"post {G}/r/hall/minutes":                    {403, 404, 422, 422},
	"get /minutes/1":                             {303, 404, 404, 404},
	"post /minutes/1/answer":                     {403, 404, 404, 404},
	"post /minutes/1/post":                       {403, 404, 404, 404},
	"post /minutes/1/drop":                       {403, 303, 303, 303},
	"get /account/minutes":                       {303, 200, 200, 200},
	"get /account/chat":                          {303, 200, 200, 200},
	"post /account/chat":                         {403, 303, 303, 303},
	"get /talks":                                 {303, 200, 200, 200},
	"get /talks/new":                             {303, 200, 200, 200},
	"post /talks/new":                            {403, 422, 422, 422},
	"post /talks/choice":                         {403, 303, 303, 303},
	"post /talks/1/accept":                       {403, 404, 404, 404},
	"post /talks/1/decline":                      {403, 404, 404, 404},
	"get /talks/1/leave":                         {303, 404, 404, 404},
	"post /talks/1/leave":                        {403, 404, 404, 404},
	"post {G}/r/hall/invite":                     {403, 404, 404, 404},
	"get {M}/block":                              {303, 200, 200, 200},
	"post {M}/block":                             {403, 303, 403, 303},
	"post {M}/unblock":                           {403, 303, 303, 303},
	"get /said/1/change":                         {303, 404, 404, 404},
	"post /said/1/change":                        {403, 404, 404, 404},
	"post /said/1/back":                          {403, 404, 404, 404},
	"get /said/1/hide":                           {303, 404, 404, 404},
	"post /said/1/hide":                          {403, 404, 404, 404},
	"get /said/1/show":                           {303, 404, 404, 404},
	"post /said/1/show":                          {403, 404, 404, 404},
	"get {T}/pin":                                {303, 404, 403, 200},
	"post {T}/pin":                               {403, 404, 403, 303},
	"post {T}/unpin":                             {403, 404, 403, 303},
	"get {T}/rename":                             {303, 404, 403, 200},
	"post {T}/rename":                            {403, 404, 403, 422},
	"get {T}/move":                               {303, 404, 403, 200},
	"post {T}/move":                              {403, 404, 403, 422},
	"post {T}/split":                             {403, 404, 403, 422},
	"post {T}/merge":                             {403, 404, 403, 422},
	"post {T}/ballot":                            {403, 404, 403, 422},
	"get {G}/ballot":                             {303, 404, 403, 200},
	"post {G}/ballot":                            {403, 404, 403, 422},
	"get /ballots/1":                             {303, 404, 404, 404},
	"post /ballots/1":                            {403, 404, 404, 404},
	"get {P}/hide":                               {303, 404, 403, 403},
	"post {P}/hide":                              {403, 404, 403, 403},
	"get {P}/show":                               {303, 404, 403, 403},
	"post {P}/show":                              {403, 404, 403, 403},
	"get {G}/manage/warn":                        {303, 404, 403, 404},
	"post {G}/manage/warn":                       {403, 404, 403, 404},
	"get {G}/manage/mute":                        {303, 404, 403, 404},
	"post {G}/manage/mute":                       {403, 404, 403, 404},
	"post {G}/manage/unmute":                     {403, 404, 403, 404},
	"get {M}/suspend":                            {303, 403, 403, 200},
	"post {M}/suspend":                           {403, 403, 403, 422},
	"post {M}/reinstate":                         {403, 403, 403, 404},
	"post /account/acts/1":                       {403, 404, 404, 404},
	"get /object/x":                              {409, 409, 409, 409},
	"post /object/x":                             {409, 409, 409, 409},
	"get /objections/1":                          {303, 404, 404, 404},
	"post /objections/1":                         {403, 404, 404, 404},
	"get /account/acts":                          {303, 200, 200, 200},
	"get {P}/identity":                           {303, 404, 403, 409},
	"post {P}/identity":                          {403, 404, 403, 409},
	"get /openings/1":                            {303, 404, 404, 404},
	"post /openings/1":                           {403, 404, 404, 404},
	"get {G}/openings":                           {303, 404, 200, 200},
	"get /staff/openings":                        {303, 403, 403, 200},
	"post /staff/openings":                       {403, 403, 403, 403},
	"post /staff/openings/1":                     {403, 403, 403, 404},
	"get {G}/r/hall":                             {404, 404, 200, 200},
	"get /search":                                {200, 200, 200, 200},
	"get {M}":                                    {303, 200, 200, 200},
	"get /directory":                             {200, 200, 200, 200},
	"get /staff/designations":                    {303, 403, 403, 200},
	"post /staff/designations":                   {403, 403, 403, 403},
	"post /staff/designations/end":               {403, 403, 403, 303},
	"get /staff/registrations":                   {303, 403, 403, 403},
	"post /staff/registrations":                  {403, 403, 403, 403},
	"get /account/looks":                         {303, 200, 200, 200},
	"get /account/shown":                         {303, 200, 200, 200},
	"get /account/searches":                      {303, 200, 200, 200},
	"post /account/searches/:id/drop":            {403, 303, 303, 303},
	"post /search/suggest":                       {200, 200, 200, 200},
	"post /search/similar":                       {403, 200, 200, 200},
	"post /search/keep":                          {403, 422, 422, 422},
	"post /search/forget":                        {403, 303, 303, 303},
	"post /account/shown":                        {403, 422, 422, 422},
	"get /out":                                   {404, 404, 404, 404},
	"get /privacy":                               {200, 200, 200, 200},
	"get /cookies":                               {200, 200, 200, 200},
	"get /providers":                             {200, 200, 200, 200},
	"get /terms":                                 {200, 200, 200, 200},
	"get /contact":                               {200, 200, 200, 200},
	"post /contact":                              {422, 422, 422, 422},
	"get /requests/x":                            {409, 409, 409, 409},
	"post /requests/x":                           {409, 409, 409, 409},
	"get /account/erase":                         {303, 200, 200, 200},
	"post /account/erase":                        {403, 422, 422, 422},
	"post /account/erase/keep":                   {403, 303, 303, 303},
	"get /account/requests":                      {303, 200, 200, 200},
	"get /staff/requests":                        {303, 403, 403, 200},
	"get /staff/requests/:id":                    {303, 403, 403, 404},
	"post /staff/requests/:id":                   {403, 403, 403, 404},
	"post {G}/join":                              {403, 404, 303, 303},
	"get {G}/acknowledge":                        {303, 404, 200, 200},
	"post {G}/acknowledge":                       {403, 404, 422, 422},
	"get {G}/b/talk/settings":                    {303, 404, 403, 200},
	"post {G}/b/talk/settings":                   {403, 404, 403, 422},
	"get {G}/b/talk/new":                         {303, 404, 200, 200},
	"post {G}/b/talk/new":                        {403, 404, 422, 422},
	"post {T}/topic":                             {403, 404, 422, 422},
	"get {F}/a.txt":                              {404, 404, 200, 200},
	"post /files":                                {403, 200, 200, 200},
	"post {P}/quote":                             {403, 404, 200, 200},
	"post /hints":                                {403, 200, 200, 200},
	"post /mentions":                             {403, 200, 200, 200},
	"post /preview":                              {403, 200, 200, 200},
	"post {G}/r/hall":                            {403, 404, 422, 422},
	"post {G}/b/talk/mail":                       {403, 404, 422, 422},
	"get {G}/list":                               {303, 404, 200, 200},
	"get {G}/mail":                               {303, 404, 403, 200},
	"post /account/mail/resume":                  {403, 303, 303, 303},
	"post {G}/list":                              {403, 404, 404, 404},
	"get /unsubscribe/news/x":                    {409, 409, 409, 409},
	"post /unsubscribe/news/x":                   {409, 409, 409, 409},
	"get /account/news/choices":                  {303, 200, 200, 200},
	"post /account/news/choices":                 {403, 303, 303, 303},
	"post /account/news/resume":                  {403, 303, 303, 303},
	"get /unsubscribe/notices/x":                 {409, 409, 409, 409},
	"post /unsubscribe/notices/x":                {409, 409, 409, 409},
	"get {T}/tags":                               {303, 404, 403, 200},
	"post {T}/tags":                              {403, 404, 403, 303},
	"get {G}/tags":                               {404, 404, 200, 200},
	"post {G}/tags":                              {403, 404, 403, 422},
	"get {G}/tags/fees":                          {404, 404, 200, 200},
	"post {G}/tags/fees":                         {403, 404, 403, 422},
	"get {T}/unread":                             {303, 404, 303, 303},
	"post /account/read":                         {403, 303, 303, 303},
	"post /account/read/undo":                    {403, 303, 303, 303},
	"post {G}/b/talk/read":                       {403, 404, 303, 303},
	"post {P}/react":                             {403, 404, 422, 403},
	"post {P}/accept":                            {403, 404, 409, 409},
	"post {P}/vote":                              {403, 404, 404, 404},
	"get {P}/votes":                              {303, 404, 404, 404},
	"get {P}/reactions":                          {303, 404, 200, 200},
	"get {P}/keep":                               {303, 404, 200, 200},
	"post {P}/keep":                              {403, 404, 303, 303},
	"post {P}/drop":                              {403, 303, 303, 303},
	"get /account/bookmarks":                     {303, 200, 200, 200},
	"get /account/ignored":                       {303, 200, 200, 200},
	"get {M}/ignore":                             {303, 200, 200, 200},
	"post {M}/ignore":                            {403, 303, 403, 303},
	"post {M}/heed":                              {403, 303, 303, 303},
	"get /account/news":                          {303, 200, 200, 200},
	"post /account/news/read":                    {403, 303, 303, 303},
	"post /account/news/undo":                    {403, 303, 303, 303},
	"post {T}/level":                             {403, 404, 422, 422},
	"get /feeds/inner/talk/atom.xml":             {404, 404, 404, 404},
	"get /feeds/x/atom.xml":                      {404, 404, 404, 404},
	"post {G}/b/talk/feed":                       {403, 404, 303, 303},
	"post /account/keys":                         {403, 303, 303, 303},
	"get /account/feeds":                         {303, 200, 200, 200},
	"post /account/feeds/1/end":                  {403, 303, 303, 303},
	"post {G}/b/talk/level":                      {403, 404, 422, 422},
	"get /account/notices":                       {303, 200, 200, 200},
	"post /account/notices":                      {403, 303, 303, 303},
	"get /account/notices/1":                     {303, 404, 404, 404},
	"get /staff/messages":                        {303, 403, 403, 200},
	"get /staff/messages/new":                    {303, 403, 403, 200},
	"post /staff/messages/new":                   {403, 403, 403, 422},
	"get /staff/messages/1":                      {303, 403, 403, 404},
	"get /staff/messages/1/html":                 {303, 403, 403, 404},
	"get /staff/messages/1/edit":                 {303, 403, 403, 404},
	"post /staff/messages/1/edit":                {403, 403, 403, 404},
	"post /staff/messages/1/try":                 {403, 403, 403, 404},
	"get /staff/messages/1/send":                 {303, 403, 403, 404},
	"post /staff/messages/1/send":                {403, 403, 403, 404},
	"get /staff/messages/1/discard":              {303, 403, 403, 404},
	"post /staff/messages/1/discard":             {403, 403, 403, 404},
	"get /unsubscribe/x":                         {409, 409, 409, 409},
	"post /unsubscribe/x":                        {409, 409, 409, 409},
	"get /welcome":                               {404, 404, 404, 404},
	"get /welcome/x":                             {404, 404, 404, 404},
	"post /welcome/x":                            {404, 404, 404, 404},
	"get /register":                              {200, 200, 200, 200},
	"post /register":                             {422, 422, 422, 422},
	"get /confirm/x":                             {409, 409, 409, 409},
	"post /confirm":                              {409, 409, 409, 409},
	"get /login":                                 {200, 303, 303, 303},
	"post /login":                                {422, 422, 422, 422},
	"get /forgot":                                {200, 200, 200, 200},
	"post /forgot":                               {200, 200, 200, 200},
	"get /reset/x":                               {409, 409, 409, 409},
	"post /reset":                                {409, 409, 409, 409},
	"get /account":                               {303, 200, 200, 200},
	"post /account":                              {403, 422, 422, 422},
	"get /account/sessions":                      {303, 200, 200, 200},
	"post /account/sessions/end":                 {403, 404, 404, 404},
	"post /account/sessions/end-others":          {403, 303, 303, 303},
	"get /account/parties":                       {303, 200, 200, 200},
	"post /account/parties":                      {403, 422, 422, 422},
	"post /account/parties/forget":               {403, 303, 303, 303},
	"get /account/mail":                          {303, 200, 200, 200},
	"get /mute/x":                                {409, 409, 409, 409},
	"post /mute/x":                               {409, 409, 409, 409},
	"get /account/mail/digests":                  {303, 200, 200, 200},
	"post /account/mail/digests":                 {403, 422, 422, 422},
	"get /account/mail/came":                     {303, 200, 200, 200},
	"get /account/mail/came/1":                   {303, 404, 404, 404},
	"get /staff/dns":                             {303, 403, 403, 200},
	"get /staff/mail":                            {303, 403, 403, 200},
	"get /staff/mail/1":                          {303, 403, 403, 404},
	"get /staff/mail/1/raw":                      {303, 403, 403, 404},
	"get {G}/arrivals":                           {303, 404, 404, 200},
	"post {G}/strangers/1/post":                  {403, 404, 303, 303},
	"post {G}/strangers/1/drop":                  {403, 404, 303, 303},
	"get {G}/list/settings":                      {303, 404, 403, 200},
	"post {G}/list/settings":                     {403, 404, 403, 303},
	"post {G}/list/test":                         {403, 404, 403, 303},
	"get /mail-command/x":                        {409, 409, 409, 409},
	"post /mail-command/x":                       {409, 409, 409, 409},
	"get /account/mail/post/{PID}/{OWNER}":       {303, 404, 404, 200},
	"get /account/mail/post/{PID}/{OWNER}/html":  {303, 404, 404, 200},
	"get /account/drafts":                        {303, 200, 200, 200},
	"post /account/scheduled/1/discard":          {403, 303, 303, 303},
	"get /account/drafts/1":                      {303, 404, 404, 404},
	"post /drafts":                               {403, 404, 404, 404},
	"post /drafts/discard":                       {403, 303, 303, 303},
	"post /account/drafts/1":                     {403, 404, 404, 404},
	"post /account/drafts/1/discard":             {403, 303, 303, 303},
	"get {G}/manage":                             {303, 404, 403, 200},
	"post {G}/manage/invite":                     {403, 404, 403, 422},
	"post {G}/manage/withdraw":                   {403, 404, 403, 404},
	"post {G}/manage/board":                      {403, 404, 403, 422},
	"post {G}/manage/room":                       {403, 404, 403, 422},
	"post {G}/manage/remove":                     {403, 404, 403, 404},
	"post {G}/manage/appoint":                    {403, 404, 403, 422},
	"post {G}/manage/decide":                     {403, 404, 403, 404},
	"post {G}/manage/ban":                        {403, 404, 403, 404},
	"post {G}/manage/unban":                      {403, 404, 403, 404},
	"get {G}/settings":                           {303, 404, 403, 200},
	"post {G}/settings":                          {403, 404, 403, 422},
	"post {G}/ask":                               {403, 404, 303, 303},
	"get {T}/lock":                               {303, 404, 403, 200},
	"post {T}/lock":                              {403, 404, 403, 303},
	"post {T}/unlock":                            {403, 404, 403, 303},
	"get /moderation/1":                          {303, 404, 404, 404},
	"post /moderation/1/claim":                   {403, 404, 404, 404},
	"post /moderation/1/release":                 {403, 404, 404, 404},
	"post /moderation/1/note":                    {403, 404, 404, 404},
	"post /moderation/1/close":                   {403, 404, 404, 404},
	"post {G}/queue":                             {403, 404, 403, 422},
	"post /moderation/mail":                      {403, 422, 422, 422},
	"post /moderation":                           {403, 403, 403, 422},
	"get {G}/queue":                              {303, 404, 403, 200},
	"get /report/post/{PID}":                     {303, 404, 200, 403},
	"post /report/post/{PID}":                    {403, 404, 422, 403},
	"get /account/reports":                       {303, 200, 200, 200},
	"get /moderation":                            {303, 403, 403, 200},
	"get /staff":                                 {303, 403, 403, 200},
	"get /staff/certification":                   {303, 403, 403, 200},
	"get /staff/groups/new":                      {303, 403, 403, 200},
	"post /staff/groups/new":                     {403, 403, 403, 422},
	"get /staff/roles":                           {303, 403, 403, 200},
	"post /staff/roles":                          {403, 403, 403, 404},
	"post /staff/roles/relieve":                  {403, 403, 403, 404},
	"get /staff/organisation":                    {303, 403, 403, 200},
	"post /staff/organisation":                   {403, 403, 403, 422},
	"get /staff/outbox":                          {303, 403, 403, 200},
	"get /staff/outbox/post/{PID}/{INSIDE}":      {303, 404, 200, 404},
	"get /staff/outbox/post/{PID}/{INSIDE}/html": {303, 404, 200, 404},
	"get {G}/leave":                              {303, 404, 200, 200},
	"get {G}/manage/remove":                      {303, 404, 403, 404},
	"get {G}/manage/ban":                         {303, 404, 403, 404},
	"post {G}/leave":                             {403, 404, 303, 409},
	"post /logout":                               {303, 303, 303, 303},

	"get /account/mail/post/{PID}/{OWNER}/report":  {303, 404, 404, 404},
	"post /account/mail/post/{PID}/{OWNER}/report": {403, 404, 404, 404},
}

// varying is what may differ between two answers that say the same: the request's number,
// the mark of a form, and the way back here.
var varying = regexp.MustCompile(`[A-Z2-7]{12,26}|next=[^"]*`)

func TestRouteMatrix(t *testing.T) { onBoth(t, routeMatrix) }

func routeMatrix(t *testing.T, w *world) {
	people := w.members("outside", "inside")
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["inside"])
	for _, who := range []forum.Actor{w.admin, people["inside"]} {
		w.must(w.forum.Subscribe(t.Context(), who, board.ID, forum.Each))
	}
	file, err := w.forum.AddFile(t.Context(), w.admin, "a.txt", []byte("matrix-canary"))
	w.must(err)
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "matrix-canary", Key: w.key(), Files: []forum.FileID{file.ID}})
	w.must(err)
	w.must(w.forum.AddTag(t.Context(), w.admin, g.ID, "Fees", "fees"))
	page, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0)
	w.must(err)
	post := page.Posts[0].ID
	w.await("inside@members.example", "T")
	w.await("admin@members.example", "T")
	fill := strings.NewReplacer("{G}", "/g/inner", "{T}", fmt.Sprintf("/t/%d", topic.ID), "{P}", fmt.Sprintf("/p/%d", post), "{PID}", fmt.Sprint(post),
		"{M}", fmt.Sprintf("/m/%d", people["inside"].Member), "{F}", fmt.Sprintf("/f/%d", file.ID), "{OWNER}", fmt.Sprint(w.admin.Member), "{INSIDE}", fmt.Sprint(people["inside"].Member))
	cookies := map[string]string{"outside": w.session("outside"), "inside": w.session("inside"), "admin": w.session("admin")}
	for _, row := range order(t) {
		method, path, _ := strings.Cut(row, " ")
		for i, who := range []string{"", "outside", "inside", "admin"} {
			cookie := cookies[who]
			status, body := w.ask(method, fill.Replace(path), cookie)
			if want := matrix[row][i]; status != want {
				t.Errorf("%s as %q: %d, want %d", row, who, status, want)
			}
			if i < 2 && strings.Contains(body, "matrix-canary") {
				t.Errorf("%s shows %q what is not for them", row, who)
			}
			if i < 2 && status == http.StatusNotFound {
				for _, id := range []string{"7", "0", "-1", "99999999999999999999", "1e3", "%00"} {
					never := strings.NewReplacer("inner", "absent", fmt.Sprint(file.ID), id, fmt.Sprint(topic.ID), id, fmt.Sprint(post), id)
					absent, other := w.ask(method, never.Replace(fill.Replace(path)), cookie)
					if absent != http.StatusNotFound || varying.ReplaceAllString(other, "") != varying.ReplaceAllString(never.Replace(body), "") {
						t.Errorf("%s as %q: absent (%s) answers %d, and not like what is foreign", row, who, id, absent)
					}
				}
			}
		}
	}
}

// order gives the rows, those that end something last, and fails for routes without a row.
func order(t *testing.T) (rows []string) {
	t.Helper()
	var source []byte
	for _, name := range []string{"web/routes.go", "web/routes_talks.go", "web/routes_mail.go", "web/routes_staff.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, text...)
	}
	shape := strings.NewReplacer("/feeds/:group/:board/:form", "/feeds/inner/talk/atom.xml", "/feeds/:token/:form", "/feeds/x/atom.xml", "/feeds/:id", "/feeds/1", "/g/:group", "{G}", "/t/:id", "{T}", "/p/:id", "{P}", "/m/:id", "{M}", "/f/:id/:name", "{F}/a.txt", ":slug", "topic", ":board", "talk", ":what", "drafts", ":tag", "fees", ":room", "hall", ":token", "x",
		"/mail/:kind/:ref/:member", "/mail/post/{PID}/{OWNER}", "/outbox/:kind/:ref/:member", "/outbox/post/{PID}/{INSIDE}", "drafts/:id", "drafts/1", "scheduled/:id", "scheduled/1", "ballots/:id", "ballots/1", "openings/:id", "openings/1", ":part", "training", "/evidence/:id/:name", "/evidence/1/a.txt", "/verify/:number", "/verify/M-1",
		"/talks/:id", "/talks/1", "/certification/:id", "/certification/1", "/certificates/:id", "/certificates/1", "/programmes/:id", "/programmes/1", "/moderation/:id", "/moderation/1", "/acts/:id", "/acts/1", "/objections/:id", "/objections/1", "/waiting/:id", "/waiting/1", "/said/:id", "/said/1", "/minutes/:id", "/minutes/1", "/erasures/:id", "/erasures/1", "/report/:kind/:id", "/report/post/{PID}", "/messages/:id", "/messages/1", "/came/:id", "/came/1", "/strangers/:id", "/strangers/1", "/notices/:id", "/notices/1", "/staff/mail/:id", "/staff/mail/1")
	last := []string{"post {P}/take-back", "post {G}/leave", "post /account/sessions/end-all", "post /logout"}
	for _, m := range routeLine.FindAllStringSubmatch(string(source), -1) {
		row := m[1] + " " + shape.Replace(m[2])
		if _, ok := matrix[row]; !ok {
			t.Errorf("the route %s has no row in the matrix", row)
		}
		if !slices.Contains(last, row) {
			rows = append(rows, row)
		}
	}
	if len(rows) < 60 {
		t.Fatalf("only %d routes were found", len(rows))
	}
	return append(rows, last...)
}

func (w *world) ask(method, path, cookie string, accept ...string) (int, string) {
	w.t.Helper()
	if method == "post" {
		return w.post(cookie, path, url.Values{})
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.base.String()+path, nil)
	w.must(err)
	r.Header.Set("Cookie", cookie)
	r.Header["Accept"] = accept
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, string(b)
}
